export { bootService, type RunningService, type ServiceOptions } from './boot/boot-service.js';
export { CONFIG, LOGGER } from './boot/providers.js';
export { runMain } from './boot/run-main.js';
export {
  ServiceClient,
  serviceClient,
  type ServiceAnswer,
  type ServiceCall,
  type ServiceClientOptions,
} from './client/service-client.js';
export { CanBeRead } from './config/can-be-read.js';
export { withBlobStore } from './config/blob-store-config.js';
export { withQuotas, type LimitName, type LimitsOf, type ProjectLimits } from './config/quota-config.js';
export { ConfigError, loadConfig } from './config/load-config.js';
export { logLevels, ServiceConfig, type LogLevel } from './config/service-config.js';
export { ServiceOnBusConfig } from './config/service-on-bus-config.js';
export { migrateService, MigrationConfig } from './database/migrate-service.js';
export { runMigrations, type Migration, type MigrationRun } from './database/run-migrations.js';
export { assertSchemaVersion } from './database/schema-version.js';
export { HealthChecks, type HealthCheck } from './health/health-checks.js';
export { Anonymous, Caller, OnlyVia, RequestId } from './http/access.js';
export { ReadRequestContexts, REQUEST_CONTEXTS } from './http/read-request-contexts.http.js';
export { ErasePerson, PERSON_ERASER } from './http/erase-person.http.js';
export { dtoSchema, type DtoSchema } from './http/dto-schema.js';
export { headersAs, isCorrelationId, metadataOf, newRequestId, type CallerContext } from './http/caller.js';
export { refusalOf, renderRefusal, ServiceUnavailable, unavailable, type RenderedRefusal } from './http/refusal-of.js';
export { repeatable } from './http/repeatable.js';
export { ValidBody } from './http/valid-body.js';
export { currentRequestId, inRequest } from './http/request-scope.js';
export { IdentitySigner } from './identity/signer.js';
export { IdentityRejected, IdentityVerifier } from './identity/verifier.js';
export { connectionLifeMs, spreadLookup } from './client/spread-lookup.js';
export { jsonObject, parseJson, parseJsonBytes } from './json/parse-json.js';
export {
  issuedToken,
  loginBody,
  loginPath,
  v3Of,
  type IssuedToken,
  type ServiceUser,
} from './keystone/password-login.js';
export { ServiceToken } from './keystone/service-token.js';
export { logger, type Logger } from './logging/logger.js';
export { type GaugeSource } from './metrics/gauge-source.js';
export { Metrics } from './metrics/metrics.js';
export { unknownRoute } from './metrics/request-durations.js';
export { activeSpan, withSpan, type OpenSpan, type SpanKind, type SpanOptions, type Tracing } from './tracing/span.js';
export { startTracing } from './tracing/start-tracing.js';
