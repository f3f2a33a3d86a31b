import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { freePorts } from '../../tools/free-ports.mjs';
import { startStack, type Stack } from '../../tools/stack.mjs';
import { login, type ApiClient } from '../support/api-client.ts';
import { OtlpReceiver } from '../support/otlp-receiver.ts';

const users = join(import.meta.dirname, 'users.yaml');
const dashboard = join(import.meta.dirname, '../../deploy/observability/grafana/dashboards/cloud-images.json');

describe('a service that is watched', () => {
  const metricsUrls: string[] = [];
  let dataDir: string;
  let receiver: OtlpReceiver;
  let stack: Stack;
  let demo: ApiClient;
  let log: pg.Pool;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'cloud-images-tracing-'));
    receiver = await new OtlpReceiver().start();
    const ports = await freePorts(5);
    metricsUrls.push(...ports.map((port) => `http://127.0.0.1:${port}/metrics`));
    const [catalog, membership, worker, audit, gateway] = ports.map((port) => ({
      CLOUD_IMAGES_METRICS_PORT: String(port),
    }));
    const envOf = {
      catalog: catalog!,
      membership: membership!,
      'task-worker': worker!,
      audit: audit!,
      gateway: gateway!,
    };
    stack = await startStack({
      dataDir,
      identityFile: users,
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url },
      envOf,
    });
    ({ client: demo } = await login(stack.url, 'demo'));
    log = new pg.Pool({ connectionString: stack.databases.catalog, max: 1 });
  }, 120_000);
  afterAll(async () => {
    await demo?.close();
    await log?.end();
    await stack?.stop();
    await receiver?.stop();
    await rm(dataDir, { recursive: true, force: true });
  }, 60_000);

  const create = async (headers: Record<string, string> = {}): Promise<string> => {
    const body = { disk_format: 'raw', container_format: 'bare' };
    const answer = await demo.call('POST', '/v2/images', { body, headers });
    expect(answer.status).toBe(201);
    return answer.json.id as string;
  };
  const contextOf = async (id: string): Promise<string[]> => {
    const { rows } = await log.query<{ traceparent: string }>(
      `SELECT metadata->>'traceparent' AS traceparent FROM log.events WHERE stream = $1`,
      [`image-${id}`],
    );
    return rows[0]!.traceparent.split('-');
  };

  it('shows a request as one trace, through the gateway, the catalog, its log and the bus, to who takes its events', async () => {
    const [, traceId = '', handled] = await contextOf(await create());
    const names = [
      'cloud-images-gateway POST /v2/images',
      'cloud-images-gateway forward',
      'cloud-images-catalog POST /v2/images',
      'cloud-images-catalog handle command',
      'cloud-images-catalog publish cloud-images.image',
      'cloud-images-audit process cloud-images.image',
    ];
    const spans = await receiver.trace(traceId, names);
    const one = (service: string, name: string) =>
      spans.find((span) => span.service === `cloud-images-${service}` && span.name === name)!;
    const gateway = one('gateway', 'POST /v2/images');
    const forward = one('gateway', 'forward');
    const catalog = one('catalog', 'POST /v2/images');
    const handle = one('catalog', 'handle command');
    expect(gateway.parentSpanId).toBe('');
    expect(forward.parentSpanId).toBe(gateway.spanId);
    expect(catalog.parentSpanId).toBe(forward.spanId);
    expect(handle.parentSpanId).toBe(catalog.spanId);
    expect(handle.spanId).toBe(handled);
    expect(one('catalog', 'publish cloud-images.image').parentSpanId).toBe(handled);
    expect(one('audit', 'process cloud-images.image').parentSpanId).toBe(handled);
  }, 30_000);

  it('links to a client’s own trace and never continues it; what the client says between our services counts for nothing', async () => {
    const theirs = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa';
    const traceparent = `00-${theirs}-bbbbbbbbbbbbbbbb-01`;
    const id = await create({ traceparent, 'x-cloud-images-traceparent': traceparent });
    const [, traceId = ''] = await contextOf(id);
    expect(traceId).not.toBe(theirs);
    const spans = await receiver.trace(traceId, ['POST /v2/images', 'forward']);
    expect(spans.find(({ parentSpanId }) => parentSpanId === '')?.links).toEqual([theirs]);
    expect(receiver.spans.filter((span) => span.traceId === theirs)).toEqual([]);
  }, 30_000);

  it('tells every metric that the dashboard shows, each with its help, and every source of them works', async () => {
    const id = await create();
    expect((await demo.upload(id, Buffer.from('0123456789'))).status).toBe(204);
    const scraped = (await Promise.all(metricsUrls.map(async (url) => (await fetch(url)).text()))).join('\n');
    const panels = await readFile(dashboard, 'utf8');
    // A list of services misses the next one.
    expect(panels).not.toContain('job=~');
    const shown = new Set(panels.match(/cloud_images_[a-z0-9_]+/g));
    expect(shown.size).toBeGreaterThan(15);
    for (const metric of shown) {
      // Counted only once a message was given up.
      if (metric !== 'cloud_images_consumer_parked_total') expect(scraped).toMatch(new RegExp(`^${metric}\\{`, 'm'));
      expect(scraped).toContain(`# HELP ${metric.replace(/_(bucket|count|sum)$/, '')} `);
    }
    for (const service of ['catalog', 'membership', 'task-worker', 'audit', 'gateway'])
      expect(scraped).toContain(`service="${service}"`);
    expect(scraped).not.toMatch(/^cloud_images_collector_up\{.*\} 0$/m);
    expect(scraped).not.toContain(id);
  }, 30_000);

  it('does not tell them at its public door', async () => {
    expect((await demo.call('GET', '/metrics')).status).toBe(404);
  });

  it('shows an upload as one trace with the calls that it takes', async () => {
    const id = await create();
    expect((await demo.upload(id, Buffer.from('0123456789'))).status).toBe(204);
    const find = () => receiver.spans.find(({ name }) => name === 'PUT /v2/images/{id}/file');
    for (const end = Date.now() + 15_000; find() === undefined && Date.now() < end;)
      await new Promise((resolve) => setTimeout(resolve, 50));
    await receiver.trace(find()!.traceId, [
      'POST /internal/images/{id}/begin-upload',
      'POST /internal/uploads/{attempt}/complete',
      'handle command',
    ]);
  }, 30_000);
});
