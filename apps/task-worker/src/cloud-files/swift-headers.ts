import type { StoredObject } from './objects.query.js';
import { deleteAtHeader } from './expiry.js';
import { metadataHeaders } from './metadata.js';

/** Seconds since 1970 with five decimals. */
const timestamp = (date: Date): string => (date.getTime() / 1_000).toFixed(5);

export const madeAt = (date: Date): Record<string, string> => ({ 'x-timestamp': timestamp(date) });

/** What is said of an object beside its data. The ETag is the bare md5: what clients of this API compare with. */
export const objectHeaders = (object: StoredObject): Record<string, string> => ({
  'content-type': object.content_type,
  // As Swift has it, in quotes where it is no md5 of the data.
  etag: object.segmented ? `"${object.md5}"` : object.md5,
  ...(object.segmented ? { 'x-static-large-object': 'True' } : {}),
  'last-modified': object.modified_at.toUTCString(),
  'accept-ranges': 'bytes',
  ...madeAt(object.modified_at),
  ...deleteAtHeader(object.delete_at),
  ...metadataHeaders(object.metadata, 'object'),
});
