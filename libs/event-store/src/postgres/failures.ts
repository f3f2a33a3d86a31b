import { StoreUnavailable, VersionConflict } from '../port.js';
import { sqlState } from './schema.js';

const conflicts: ReadonlySet<string> = new Set([
  sqlState.versionTaken,
  sqlState.laterTransaction,
  sqlState.timeGoesBack,
  '40001', // serialization failure
  '40P01', // deadlock
]);

/** 08: connection, 53: out of resources, 57: shut down or cancelled, 55P03: lock timeout, 25P03/4: idle limits. */
const unavailable = /^(08...|53...|57...|55P03|25P0[34])$/;
const socket = /^(ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENOTFOUND|EAI_AGAIN|ENOENT)/;
const driver = /timeout exceeded|Connection terminated|Query read timeout|not queryable|Client was closed/i;

/** A lock was not free within `lock_timeout`. */
export const lockTimeout = '55P03';

export function failureCode(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}

/** Away, or refused for now: the same may succeed later. */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof StoreUnavailable) return true;
  const code = failureCode(error);
  return unavailable.test(code) || socket.test(code) || (error instanceof Error && driver.test(error.message));
}

/** True when the server may have done what was sent without our knowing: an error that it answered ends a transaction. */
export function isAnswerLost(error: unknown): boolean {
  const isAnswer = error instanceof StoreUnavailable || (error as { severity?: string }).severity === 'ERROR';
  return !isAnswer && isUnavailable(error);
}

/** What a failed statement means to callers; anything unknown stays as it is (a fault). */
export function translate(error: unknown, stream: string, expectedVersion: number): unknown {
  const code = failureCode(error);
  const constraint = (error as { constraint?: string }).constraint;
  if (conflicts.has(code) || (code === '23505' && constraint === 'events_stream_version_key')) {
    return new VersionConflict(stream, expectedVersion);
  }
  if (isUnavailable(error)) return new StoreUnavailable('the database is not available', { cause: error });
  return error;
}
