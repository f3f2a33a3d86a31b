import { pino, stdTimeFunctions, type DestinationStream, type Logger } from 'pino';
import type { LogLevel } from '../config/service-config.js';
import { currentRequestId } from '../http/request-scope.js';
import { activeSpan } from '../tracing/span.js';
import { redact } from './redact.js';

export type { Logger };

/** JSON lines: time, level, service, the id of the request being served, and what is told, without secrets. */
export function logger(service: string, level: LogLevel, destination?: DestinationStream): Logger {
  return pino(
    {
      level,
      base: { service },
      timestamp: stdTimeFunctions.isoTime,
      formatters: {
        level: (label) => ({ level: label }),
        log: (fields) => redact(fields) as Record<string, unknown>,
      },
      // The redactor renders errors itself; pino's own rendering would bring the secrets in them back.
      serializers: { err: (value: unknown) => value },
      hooks: {
        logMethod(args, method) {
          const [first, ...rest] = args as unknown[];
          const known = first instanceof Error ? [{ err: first }, first.message, ...rest] : args;
          method.apply(this, known.map((arg) => (typeof arg === 'string' ? redact(arg) : arg)) as typeof args);
        },
      },
      mixin: () => {
        const requestId = currentRequestId();
        const trace = activeSpan()?.traceparent;
        return {
          ...(requestId === undefined ? {} : { request_id: requestId }),
          ...(trace === undefined ? {} : { traceparent: trace }),
        };
      },
    },
    destination ?? pino.destination({ fd: 1, sync: true }),
  );
}
