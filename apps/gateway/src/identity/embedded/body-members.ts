import { Refusal } from '@cloud-images/contracts';

export type Entry = Record<string, unknown>;

/** Members of a login's body; each throws `Refusal` `invalid-body` for another type. */
export function object(value: unknown, name: string): Entry {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Entry;
  throw malformed(`${name} must be an object`);
}

export function text(entry: Entry, name: string): string {
  const value = entry[name];
  if (typeof value === 'string') return value;
  throw malformed(`${name} must be a text`);
}

export const malformed = (message: string): Refusal => new Refusal('invalid-body', message);
