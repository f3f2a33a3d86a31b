import type { TracingConfig } from '../config/tracing-config.js';
import type { Logger } from '../logging/logger.js';
import type { Tracing } from './span.js';

/** Null, and nothing of the SDK loaded, unless the environment names a collector (`OTEL_…`). */
export async function startTracing(service: string, config: TracingConfig, log: Logger): Promise<Tracing | null> {
  if (!isWanted(config)) return null;
  const { openTelemetry, toCollector } = await import('./open-telemetry.js');
  const base = config.otelExporterOtlpEndpoint.replace(/\/$/, '');
  const url = config.otelExporterOtlpTracesEndpoint || (base && `${base}/v1/traces`) || undefined;
  log.info({ event: 'tracing', sampler: config.otelTracesSampler }, 'requests are traced');
  return openTelemetry({
    resource: {
      'service.name': config.otelServiceName || `cloud-images-${service}`,
      ...pairsOf(config.otelResourceAttributes),
    },
    sampler: config.otelTracesSampler,
    ratio: config.otelTracesSamplerArg,
    processor: toCollector(url, (message) => log.warn({ event: 'tracing' }, message)),
  });
}

function isWanted(config: TracingConfig): boolean {
  const { otelSdkDisabled, otelTracesExporter, otelExporterOtlpEndpoint, otelExporterOtlpTracesEndpoint } = config;
  if (otelSdkDisabled || otelTracesExporter === 'none') return false;
  return otelTracesExporter === 'otlp' || otelExporterOtlpEndpoint !== '' || otelExporterOtlpTracesEndpoint !== '';
}

/** `key=value,key=value`, percent-encoded, as OpenTelemetry writes resource attributes. */
function pairsOf(text: string): Record<string, string> {
  const pairs = text.split(',').filter((pair) => pair.includes('='));
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      return [pair.slice(0, at).trim(), decoded(pair.slice(at + 1).trim())];
    }),
  );
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
