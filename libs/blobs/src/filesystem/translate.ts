import { types } from 'node:util';
import { BlobStoreFull, BlobStoreUnavailable } from '../port.js';

const full = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

export const codeOf = (error: unknown): string | undefined =>
  types.isNativeError(error) && 'code' in error && typeof error.code === 'string' ? error.code : undefined;

/** An I/O error as the port's; the system's own message names paths, so it stays in `cause`, for our logs only. */
export function translated(error: unknown): Error {
  const code = codeOf(error);
  if (code === undefined) return types.isNativeError(error) ? error : new BlobStoreUnavailable('the blob store failed');
  if (full.has(code)) return new BlobStoreFull('the blob store is full', { cause: error });
  return new BlobStoreUnavailable(`the blob store failed (${code})`, { cause: error });
}

export async function translating<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw translated(error);
  }
}
