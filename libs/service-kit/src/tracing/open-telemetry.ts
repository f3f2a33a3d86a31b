// Loaded only when something is to be traced: the SDK stays out of every other process.
import {
  diag,
  DiagLogLevel,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Context,
  type Span,
  type Tracer,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
  type Sampler,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace';
import type { SamplerName } from '../config/tracing-config.js';
import { activeSpan, withSpan, type OpenSpan, type SpanOptions, type Tracing } from './span.js';
import { readTraceparent, traceparentOf } from './traceparent.js';

const kinds = {
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
} as const;

const exportTimeoutMillis = 5_000;
const scheduledDelayMillis = 1_000;

export interface OpenTelemetryOptions {
  readonly resource: Readonly<Record<string, string>>;
  readonly sampler: SamplerName;
  readonly ratio: number;
  readonly processor: SpanProcessor;
}

/** Spans in batches to an OTLP collector; `url` undefined is the exporter's own default. */
export function toCollector(url: string | undefined, complain: (message: string) => void): SpanProcessor {
  const tell = (message: string) => complain(message);
  diag.setLogger({ error: tell, warn: tell, info: tell, debug: tell, verbose: tell }, DiagLogLevel.WARN);
  const exporter = new OTLPTraceExporter({ ...(url === undefined ? {} : { url }), timeoutMillis: exportTimeoutMillis });
  return new BatchSpanProcessor({ exporter, exportTimeoutMillis, scheduledDelayMillis });
}

export function openTelemetry({ resource, sampler, ratio, processor }: OpenTelemetryOptions): Tracing {
  const provider = new TracerProvider({
    resource: resourceFromAttributes(resource),
    sampler: samplerOf(sampler, ratio),
    spanProcessors: [processor],
  });
  const tracer = provider.getTracer('cloud-images');
  return {
    start(name, { parent, link, ...options } = {}) {
      const from = readTraceparent(parent);
      const context = from === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, { ...from, isRemote: true });
      const linked = readTraceparent(link);
      return begin(tracer, name, options, context, linked === null ? [] : [{ context: { ...linked, isRemote: true } }]);
    },
    active: activeSpan,
    within: withSpan,
    stop: () => provider.shutdown(),
  };
}

function begin(
  tracer: Tracer,
  name: string,
  { kind = 'internal', attributes = {} }: SpanOptions,
  context: Context,
  links: { context: ReturnType<Span['spanContext']> }[] = [],
): OpenSpan {
  const span = tracer.startSpan(name, { kind: kinds[kind], attributes, links }, context);
  const own = span.spanContext();
  let ended = false;
  return {
    traceparent: traceparentOf(own),
    sampled: (own.traceFlags & 1) === 1,
    child: (childName, options = {}) => begin(tracer, childName, options, trace.setSpan(context, span)),
    rename: (newName) => void span.updateName(newName),
    set: (attribute, value) => void span.setAttribute(attribute, value),
    end(error) {
      if (ended) return;
      ended = true;
      if (error !== undefined) tellFailure(span, error);
      span.end();
    },
  };
}

/** A refusal is an answer like another one; a fault is a failure, of which the message may say too much. */
function tellFailure(span: Span, error: unknown): void {
  const { name, code } = error instanceof Error ? (error as Error & { code?: unknown }) : { name: String(error) };
  if (name === 'Refusal') return void span.setAttribute('cloud_images.refusal', String(code));
  span.setAttribute('error.type', name);
  span.setStatus({ code: SpanStatusCode.ERROR });
}

function samplerOf(name: SamplerName, ratio: number): Sampler {
  const roots = {
    always_on: () => new AlwaysOnSampler(),
    always_off: () => new AlwaysOffSampler(),
    traceidratio: () => new TraceIdRatioBasedSampler(ratio),
  };
  const [, parentBased, root] = /^(parentbased_)?(.*)$/.exec(name) as unknown as [string, string | undefined, string];
  const sampler = roots[root as keyof typeof roots]();
  return parentBased === undefined ? sampler : new ParentBasedSampler({ root: sampler });
}
