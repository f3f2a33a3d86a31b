import { createHash } from 'node:crypto';
import { Refusal } from '@cloud-images/contracts';
import type { CallerContext } from './caller.js';

/**
 * What an Idempotency-Key stands for: the key belongs to the user in its project, and goes with everything that the
 * request says. Null without the header; throws `Refusal` for what is no key.
 */
export function repeatable(
  key: string | undefined,
  { identity }: CallerContext,
  ...said: readonly unknown[]
): { scope: string; key: string; fingerprint: string } | null {
  if (key === undefined) return null;
  if (!/^[\x21-\x7e]{1,255}$/.test(key)) {
    throw new Refusal('bad-request', 'An Idempotency-Key has 1 to 255 visible characters.');
  }
  const fingerprint = createHash('sha256').update(JSON.stringify(said)).digest('base64url');
  return { scope: JSON.stringify([identity.project, identity.user]), key, fingerprint };
}
