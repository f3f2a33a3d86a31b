import type { IncomingHttpHeaders } from 'node:http';
import { Refusal } from '@cloud-images/contracts';

/**
 * When an object is to be gone, in seconds since 1970: `X-Delete-At` says it, `X-Delete-After` counts from now and goes
 * before it; null: never. Throws `Refusal` `bad-request` for what is no such time, or over.
 */
export function deleteAtIn(headers: IncomingHttpHeaders, now = Date.now()): number | null {
  const given = (name: string): string => String(headers[name] ?? '').trim();
  const [name, base] = given('x-delete-after') === '' ? ['x-delete-at', 0] : ['x-delete-after', Math.ceil(now / 1_000)];
  const value = given(name);
  if (value === '') return null;
  if (!/^\d{1,10}$/.test(value)) throw new Refusal('bad-request', `${name} is a number of seconds.`);
  const at = base + Number(value);
  if (at * 1_000 <= now || value === '0') throw new Refusal('bad-request', `${name} is not in the future.`);
  return at;
}

export const deleteAtHeader = (at: Date | null): Record<string, string> =>
  at === null ? {} : { 'x-delete-at': String(at.getTime() / 1_000) };
