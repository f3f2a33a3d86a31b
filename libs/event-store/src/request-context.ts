import { hash, randomFillSync } from 'node:crypto';
import type { RequestContext } from '@cloud-images/contracts';

const salts = new WeakMap<RequestContext, Buffer>();
const SALT_BYTES = 16;
/** Drawn for many salts at once. */
let drawn = Buffer.alloc(0);

function drawSalt(): Buffer {
  if (drawn.length === 0) drawn = randomFillSync(Buffer.alloc(256 * SALT_BYTES));
  const salt = drawn.subarray(0, SALT_BYTES);
  drawn = drawn.subarray(SALT_BYTES);
  return salt;
}

/** One random salt per request, so that a digest can't be looked up; it lives in the row that an erasure removes. */
export function saltOf(context: RequestContext): Buffer {
  let salt = salts.get(context);
  if (!salt) salts.set(context, (salt = drawSalt()));
  return salt;
}

/** hex sha256 over salt and context: what events carry instead of the context. */
export function contextDigest(context: RequestContext): string {
  return hash('sha256', Buffer.concat([saltOf(context), Buffer.from(JSON.stringify(context))]), 'hex');
}
