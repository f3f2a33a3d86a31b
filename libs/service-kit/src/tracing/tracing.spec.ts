import { InMemorySpanExporter, SimpleSpanProcessor, type ReadableSpan } from '@opentelemetry/sdk-trace';
import { Refusal } from '@cloud-images/contracts';
import { ConfigError, loadConfig } from '../config/load-config.js';
import { TracingConfig, type SamplerName } from '../config/tracing-config.js';
import { logger } from '../logging/logger.js';
import { openTelemetry } from './open-telemetry.js';
import { activeSpan, withSpan } from './span.js';
import { startTracing } from './start-tracing.js';
import { readTraceparent } from './traceparent.js';

const theirs = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

function traced(sampler: SamplerName = 'parentbased_always_on', ratio = 1) {
  const exporter = new InMemorySpanExporter();
  const processor = new SimpleSpanProcessor({ exporter });
  const tracing = openTelemetry({ resource: { 'service.name': 'test' }, sampler, ratio, processor });
  const spans = (): Record<string, ReadableSpan> =>
    Object.fromEntries(exporter.getFinishedSpans().map((span) => [span.name, span]));
  return { tracing, spans };
}

describe('a trace', () => {
  it('continues that of its parent, and its children continue it', () => {
    const { tracing, spans } = traced();
    const span = tracing.start('request', { kind: 'server', parent: theirs });
    span.child('call', { kind: 'client' }).end();
    span.end();
    expect(span.traceparent).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-01$/);
    expect(spans()['request']?.parentSpanContext?.spanId).toBe('b7ad6b7169203331');
    expect(spans()['call']?.parentSpanContext?.spanId).toBe(readTraceparent(span.traceparent)?.spanId);
  });

  it('begins anew beside a link, and where the parent is nonsense', () => {
    const { tracing, spans } = traced();
    tracing.start('linked', { link: theirs }).end();
    tracing.start('orphan', { parent: 'nonsense' }).end();
    expect(spans()['linked']?.links.map(({ context }) => context.spanId)).toEqual(['b7ad6b7169203331']);
    for (const span of Object.values(spans())) {
      expect(span.parentSpanContext).toBeUndefined();
      expect(span.spanContext().traceId).not.toBe('0af7651916cd43dd8448eb211c80319c');
    }
  });

  it.each([
    ['parentbased_always_on', theirs.replace(/01$/, '00'), false],
    ['parentbased_always_off', theirs, true],
    ['parentbased_always_off', undefined, false],
    ['always_on', theirs.replace(/01$/, '00'), true],
    ['always_off', theirs, false],
    ['parentbased_traceidratio', undefined, true],
  ] as const)('with the sampler %s and the parent %s is kept: %s', (sampler, parent, kept) => {
    const { tracing, spans } = traced(sampler);
    const span = tracing.start('one', parent === undefined ? {} : { parent });
    span.end();
    expect([span.sampled, 'one' in spans()]).toEqual([kept, kept]);
    expect(span.traceparent).toMatch(kept ? /-01$/ : /-00$/);
  });

  it('tells the kind of a failure and not its message; a refusal is no failure', () => {
    const { tracing, spans } = traced();
    tracing.start('failed').end(new TypeError('password=secret'));
    tracing.start('refused').end(new Refusal('forbidden', 'not yours'));
    const { failed, refused } = spans();
    expect([failed?.status.code, failed?.attributes]).toEqual([2, { 'error.type': 'TypeError' }]);
    expect([refused?.status.code, refused?.attributes]).toEqual([0, { 'cloud_images.refusal': 'forbidden' }]);
    expect(JSON.stringify(failed?.events)).toBe('[]');
  });

  it('is known to all the work that it takes, and to nothing else', async () => {
    const { tracing } = traced();
    const span = tracing.start('work');
    await withSpan(span, async () => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      expect(activeSpan()).toBe(span);
    });
    expect(activeSpan()).toBeUndefined();
  });
});

describe('the settings of tracing', () => {
  const start = (env: Record<string, string>) =>
    startTracing('catalog', loadConfig(TracingConfig, env), logger('test', 'silent'));
  const collector = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' };

  it.each([
    ['nothing', {}],
    ['no exporter', { ...collector, OTEL_TRACES_EXPORTER: 'none' }],
    ['the SDK disabled', { ...collector, OTEL_SDK_DISABLED: 'true' }],
  ])('given %s, nothing is traced', async (_, env) => {
    expect(await start(env)).toBeNull();
  });

  it.each([
    ['an endpoint', collector],
    ['an endpoint for traces', { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://127.0.0.1:9/here' }],
    ['the exporter', { OTEL_TRACES_EXPORTER: 'otlp' }],
  ])('given %s, requests are traced', async (_, env) => {
    const tracing = await start(env);
    expect(tracing?.start('one').sampled).toBe(true);
    await tracing?.stop();
  });

  it('that are wrong are named as the specification names them, all at once', () => {
    const wrong = {
      OTEL_TRACES_SAMPLER: 'sometimes',
      OTEL_TRACES_SAMPLER_ARG: '2',
      OTEL_TRACES_EXPORTER: 'jaeger',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'collector',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_SDK_DISABLED: 'perhaps',
    };
    const problems = (): readonly string[] => {
      try {
        loadConfig(TracingConfig, wrong);
      } catch (error) {
        return (error as ConfigError).problems;
      }
      return [];
    };
    for (const name of Object.keys(wrong)) {
      expect(problems()).toContainEqual(expect.stringMatching(new RegExp(`^${name} must`)));
    }
  });
});

describe('a traceparent', () => {
  it.each([
    '',
    'nonsense',
    `${theirs}-more`,
    theirs.replace('00-', 'ff-'),
    theirs.toUpperCase(),
    theirs.replace('0af7651916cd43dd8448eb211c80319c', '0'.repeat(32)),
    theirs.replace('b7ad6b7169203331', '0'.repeat(16)),
  ])('is not %j', (text) => {
    expect(readTraceparent(text)).toBeNull();
  });
});
