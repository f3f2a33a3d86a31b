// canary: opentelemetry-in-its-adapter
export { trace } from '@opentelemetry/api';
