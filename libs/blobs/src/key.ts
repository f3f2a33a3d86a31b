const shape = /^[a-z0-9-]+(?:\/[a-z0-9-]+)*$/;
const prefixShape = /^(?:[a-z0-9-]+\/?)*$/;

/** The longest key every adapter takes: a file name that carries it whole stays below 255 bytes. */
export const maxBlobKeyLength = 200;

/** Keys are made by us, never by callers of the API; a strange one is a bug, and must not become a path. */
export function assertBlobKey(key: string): void {
  if (key.length > maxBlobKeyLength || !shape.test(key)) throw new TypeError('not a blob key');
}

/** Any beginning of a key, also the empty one. */
export function assertBlobPrefix(prefix: string): void {
  if (prefix.length > maxBlobKeyLength || !prefixShape.test(prefix)) throw new TypeError('not a prefix of blob keys');
}
