import { Refusal } from '@cloud-images/contracts';

/**
 * The attribute that a restricted JSON pointer names: one token, `~0` and `~1` decoded (RFC 6901). `/` alone would name
 * the empty string, which no attribute is called; control characters are refused too.
 */
export function attributeAt(path: unknown): string {
  if (typeof path !== 'string') throw new Refusal('invalid-patch', 'An operation needs a path.');
  const token = /^\/([^/]+)$/.exec(path)?.[1];
  if (token === undefined) throw new Refusal('invalid-patch', 'A path must be a slash and one attribute name.');
  if (/~(?![01])/.test(token)) throw new Refusal('invalid-patch', 'A tilde in a path must be written ~0, a slash ~1.');
  if (/[\u0000-\u001f]/.test(token)) throw new Refusal('invalid-patch', 'A path can have no control characters.');
  return token.replaceAll('~1', '/').replaceAll('~0', '~');
}
