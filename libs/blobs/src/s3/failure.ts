import { types } from 'node:util';
import { BlobExists, BlobNotFound, BlobStoreFull, BlobStoreUnavailable } from '../port.js';

const portErrors = [BlobNotFound, BlobExists, BlobStoreFull, BlobStoreUnavailable];
/** `XMinioStorageFull` and its kin; S3 itself is never full, a quota can be. */
const full = /^(?:XMinioStorageFull|XMinioAdminBucketQuotaExceeded|QuotaExceeded|InsufficientStorage|EntityTooLarge)$/;
const fleetingCodes = new Set(['RequestTimeout', 'SlowDown', 'SlowDownRead', 'SlowDownWrite', 'OperationAborted']);
const fleetingStatuses = new Set([408, 429, 500, 502, 503, 504]);
/** A connection that broke, was refused or took too long; not the driver's complaints about how it is used. */
const fleetingWithoutAnswer = /^(?!ERR_|UND_ERR_INVALID)(?:E[A-Z]+(?:_[A-Z]+)?|UND_ERR_\w+|timeout|half an answer)$/;
const ownMistakes = [TypeError, RangeError, ReferenceError];

/**
 * What went wrong between us and the store, as a code alone. What the server and the drivers say about it names hosts,
 * buckets, keys and access keys, so none of that is kept, not even as a cause: a log must not have it either.
 */
export class S3Failure extends Error {
  override readonly name = 'S3Failure';

  constructor(
    /** S3's word, or the system's for a connection that broke. */
    readonly code: string,
    /** Of the answer; null when there was none. */
    readonly status: number | null = null,
  ) {
    super(`the blob store failed (${code})`);
  }

  /** The same request may succeed in a moment; whether this one had an effect is not known. */
  get fleeting(): boolean {
    if (full.test(this.code)) return false;
    if (this.status === null) return fleetingWithoutAnswer.test(this.code);
    return fleetingStatuses.has(this.status) || fleetingCodes.has(this.code);
  }

  get full(): boolean {
    return this.status === 507 || full.test(this.code);
  }
}

const codeInXml = /<Code>([\w.-]{1,64})<\/Code>/;

/** From an answer that is an error by its status, or, after a 200 that came before the work was done, by its body. */
export function failureOfAnswer(status: number, body: string): S3Failure {
  return new S3Failure(codeInXml.exec(body)?.[1] ?? (status === 404 ? 'NotFound' : `status ${status}`), status);
}

export function failureOf(error: unknown): S3Failure {
  if (error instanceof S3Failure) return error;
  if (!types.isNativeError(error)) return new S3Failure(timedOut(error) ? 'timeout' : 'unknown');
  if ('code' in error && typeof error.code === 'string') return new S3Failure(error.code);
  return new S3Failure(error.name);
}

const timedOut = (error: unknown): boolean => error instanceof DOMException && error.name === 'TimeoutError';

/** As the port's error. */
export function translated(error: unknown): Error {
  if (portErrors.some((PortError) => error instanceof PortError)) return error as Error;
  const failure = failureOf(error);
  if (failure.full) return new BlobStoreFull('the blob store is full');
  const mistake = ownMistakes.some((Mistake) => error instanceof Mistake);
  return new BlobStoreUnavailable(failure.message, mistake ? { cause: error } : {});
}

export async function translating<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw translated(error);
  }
}
