import { createHash, randomBytes } from 'node:crypto';
import type { RequestContext } from '@cloud-images/contracts';

const salts = new WeakMap<RequestContext, Buffer>();

/** One random salt per request, so that a digest can't be looked up; it lives in the row that an erasure removes. */
export function saltOf(context: RequestContext): Buffer {
  let salt = salts.get(context);
  if (!salt) salts.set(context, (salt = randomBytes(16)));
  return salt;
}

/** hex sha256 over salt and context: what events carry instead of the context. */
export function contextDigest(context: RequestContext): string {
  return createHash('sha256').update(saltOf(context)).update(JSON.stringify(context)).digest('hex');
}
