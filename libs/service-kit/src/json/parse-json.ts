import { isUtf8 } from 'node:buffer';
import { Refusal } from '@cloud-images/contracts';

/**
 * JSON as a caller meant it: a member given twice is refused, because a plain parser would silently drop one of the two
 * (and what checked the one could not have seen the other). Throws `Refusal` `invalid-json`.
 */
export function parseJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Refusal('invalid-json', 'The body is not valid JSON.');
  }
  if (membersWritten(text) !== membersKept(value)) {
    throw new Refusal('invalid-json', 'The body has an object in which a member is given twice.');
  }
  return value;
}

/** Bytes of a body as JSON; refuses what is not UTF-8 instead of reading replacement characters. */
export function parseJsonBytes(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) throw new Refusal('invalid-json', 'The body is not valid UTF-8.');
  return parseJson(bytes.toString('utf8'));
}

/** A body that must be a JSON object. */
export function jsonObject(body: unknown): Record<string, unknown> {
  if (body === undefined) throw new Refusal('invalid-json', 'This request needs a JSON body.');
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new Refusal('invalid-body', 'The body must be a JSON object.');
  }
  return body as Record<string, unknown>;
}

/** Counts member names in valid JSON: strings that a colon follows. */
function membersWritten(text: string): number {
  let members = 0;
  let at = text.indexOf('"');
  while (at >= 0) {
    const end = endOfString(text, at);
    let next = end + 1;
    while (isSpace(text.charCodeAt(next))) next++;
    if (text.charCodeAt(next) === 58) members++;
    at = text.indexOf('"', next);
  }
  return members;
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  for (;;) {
    const code = text.charCodeAt(at);
    if (code === 34) return at;
    at += code === 92 ? 2 : 1;
  }
}

const isSpace = (code: number): boolean => code === 32 || code === 10 || code === 13 || code === 9;

function membersKept(value: unknown): number {
  const waiting: unknown[] = [value];
  let members = 0;
  for (let item = waiting.pop(); item !== undefined; item = waiting.pop()) {
    if (typeof item !== 'object' || item === null) continue;
    const inner = Object.values(item);
    if (!Array.isArray(item)) members += inner.length;
    for (const each of inner) waiting.push(each);
  }
  return members;
}
