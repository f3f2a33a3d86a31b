import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace';
import { internalHeaders } from '@cloud-images/contracts';
import { fastify } from 'fastify';
import { guardRoutes } from '../http/guard.js';
import { IdentitySigner } from '../identity/signer.js';
import { IdentityVerifier } from '../identity/verifier.js';
import { openTelemetry } from './open-telemetry.js';
import { activeSpan } from './span.js';
import { traceRequests } from './trace-requests.js';

const parent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

describe('a traced service', () => {
  const directory = mkdtempSync(join(tmpdir(), 'traced-'));
  const exporter = new InMemorySpanExporter();
  const processor = new SimpleSpanProcessor({ exporter });
  const tracing = openTelemetry({ resource: {}, sampler: 'parentbased_always_on', ratio: 1, processor });
  const service = fastify();
  let signer: IdentitySigner;

  beforeAll(async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    writeFileSync(join(directory, 'gateway.pem'), publicKey.export({ type: 'spki', format: 'pem' }));
    signer = new IdentitySigner(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), 'gateway');
    guardRoutes(service, new IdentityVerifier(directory), () => undefined);
    traceRequests(service, tracing);
    service.post('/things/:id', async () => ({ traceparent: activeSpan()?.traceparent ?? null }));
    service.get('/healthz', { config: { access: { anonymous: true } } }, async () => ({}));
    service.get('/broken', (_request, reply) => reply.code(503).send());
    await service.listen({ port: 0, host: '127.0.0.1' });
  });
  afterEach(() => exporter.reset());
  afterAll(async () => {
    await service.close();
    rmSync(directory, { recursive: true });
  });

  const call = (method: 'GET' | 'POST', path: string, headers: Record<string, string>, body?: RequestInit['body']) => {
    const { port } = service.server.address() as { port: number };
    return fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      headers,
      body: body ?? null,
      duplex: 'half',
    } as RequestInit);
  };
  const fromGateway = () => ({
    [internalHeaders.identity]: signer.signSelf(),
    [internalHeaders.traceparent]: parent,
    'content-type': 'application/json',
  });
  const names = () => exporter.getFinishedSpans().map(({ name }) => name);

  it('continues the trace of a service of ours, by the template of the route, also after a body that came late', async () => {
    async function* slowly() {
      yield Buffer.from('{"a"');
      await new Promise((resolve) => setTimeout(resolve, 50));
      yield Buffer.from(':1}');
    }
    const answer = await call('POST', '/things/secret-name', fromGateway(), slowly() as never);
    const [span] = exporter.getFinishedSpans();
    expect(span?.name).toBe('POST /things/{id}');
    expect(span?.parentSpanContext?.spanId).toBe('b7ad6b7169203331');
    expect(span?.attributes).toMatchObject({ 'http.route': '/things/{id}', 'http.response.status_code': 200 });
    expect(JSON.stringify(span?.attributes)).not.toContain('secret-name');
    const { spanId } = span!.spanContext();
    expect(await answer.json()).toEqual({ traceparent: expect.stringContaining(spanId) });
  });

  it('believes no trace of a caller that nobody vouches for, and leaves questions about its health out', async () => {
    const answer = await call('POST', '/things/1', { [internalHeaders.traceparent]: parent }, '{}');
    expect(answer.status).toBe(401);
    await call('GET', '/healthz', { [internalHeaders.traceparent]: parent });
    expect(names()).toEqual([]);
  });

  it('tells of an outage as a failure', async () => {
    await call('GET', '/broken', fromGateway());
    const [span] = exporter.getFinishedSpans();
    expect([span?.status.code, span?.attributes['error.type']]).toEqual([2, '503']);
  });
});
