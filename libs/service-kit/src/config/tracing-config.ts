import { IsBoolean, IsIn, IsNumber, IsString, Matches, Max, Min } from 'class-validator';

const samplers = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;
export type SamplerName = (typeof samplers)[number];

const urlOrNothing = /^(https?:\/\/\S+)?$/;
const mustBeUrl = (property: string) => ({ message: `${property} must be an http or https URL` });

/**
 * OpenTelemetry's own variables, as its specification names them. What only the exporter needs to know
 * (`OTEL_EXPORTER_OTLP_HEADERS`, `…_TIMEOUT`, `…_CERTIFICATE`) it reads itself.
 */
export class TracingConfig {
  @IsBoolean()
  otelSdkDisabled: boolean = false;

  /** Unset: `otlp` when an endpoint is named, else `none`. */
  @IsIn(['', 'none', 'otlp'])
  otelTracesExporter: string = '';

  @Matches(urlOrNothing, mustBeUrl('otelExporterOtlpEndpoint'))
  otelExporterOtlpEndpoint: string = '';

  @Matches(urlOrNothing, mustBeUrl('otelExporterOtlpTracesEndpoint'))
  otelExporterOtlpTracesEndpoint: string = '';

  @IsIn(['http/protobuf'])
  otelExporterOtlpProtocol: string = 'http/protobuf';

  /** Unset: `cloud-images-<service>`. */
  @IsString()
  otelServiceName: string = '';

  @IsString()
  otelResourceAttributes: string = '';

  @IsIn(samplers)
  otelTracesSampler: SamplerName = 'parentbased_always_on';

  /** The share of traces that the `traceidratio` samplers keep. */
  @IsNumber()
  @Min(0)
  @Max(1)
  otelTracesSamplerArg: number = 1;
}
