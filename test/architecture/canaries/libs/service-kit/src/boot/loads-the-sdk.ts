// canary: tracing-loads-when-wanted
export { openTelemetry } from '../tracing/open-telemetry.ts';
