import { Refusal } from '@cloud-images/contracts';
import type { Standing } from '@cloud-images/image-model';
import { timeRange, type TimeRange } from './time-filter.js';

/** One condition of a list; all of them must hold. */
export type Filter =
  | { readonly kind: 'text'; readonly column: TextColumn; readonly values: readonly string[] }
  | { readonly kind: 'id'; readonly values: readonly string[] }
  | { readonly kind: 'owner'; readonly value: string }
  | {
      readonly kind: 'number';
      readonly column: NumberColumn;
      readonly operator: '=' | '>=' | '<=';
      readonly value: string;
    }
  | { readonly kind: 'time'; readonly column: TimeColumn; readonly range: TimeRange }
  | { readonly kind: 'protected'; readonly value: boolean }
  | { readonly kind: 'standard'; readonly value: boolean; readonly standing: Standing }
  | { readonly kind: 'tag'; readonly value: string }
  | { readonly kind: 'attribute'; readonly name: string; readonly value: string };

export type TextColumn = 'name' | 'status' | 'container_format' | 'disk_format';
export type NumberColumn = 'size' | 'virtual_size' | 'min_disk' | 'min_ram';
export type TimeColumn = 'created_at' | 'updated_at';

const textColumns: ReadonlySet<string> = new Set(['name', 'status', 'container_format', 'disk_format']);
const numberColumns: ReadonlySet<string> = new Set(['size', 'virtual_size', 'min_disk', 'min_ram']);
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const bound = /^(.+)_(min|max)$/;

/** Until it is known who asks. */
const nobody: Standing = { levels: [], rackconnect: false };

/** Larger numbers than a column can hold mean the largest. */
const LARGEST = 9_223_372_036_854_775_807n;

/** A parameter as a filter; undefined for one that means nothing. Keys that are no attribute are custom properties. */
export function parseFilter(key: string, value: string): Filter | undefined {
  if (key === 'deleted') return undefined;
  if (key === 'changes-since' || key === 'locations') throw bad(`Filtering by '${key}' is not supported.`);
  if (key === 'tag') return { kind: 'tag', value };
  if (key === 'owner') return { kind: 'owner', value };
  if (key === 'standard') return { kind: 'standard', value: flag(key, value), standing: nobody };
  if (key === 'protected') return { kind: 'protected', value: flag(key, value) };
  if (key === 'created_at' || key === 'updated_at') return { kind: 'time', column: key, range: timeRange(key, value) };
  if (key === 'id') return { kind: 'id', values: idsOf(anyOf(key, value)) };
  if (textColumns.has(key)) return { kind: 'text', column: key as TextColumn, values: anyOf(key, value) };
  if (numberColumns.has(key)) return number(key as NumberColumn, '=', key, value);
  return boundary(key, value) ?? { kind: 'attribute', name: key, value };
}

function boundary(key: string, value: string): Filter | undefined {
  const match = bound.exec(key);
  if (!match) return undefined;
  const [, column, side] = match as unknown as [string, string, 'min' | 'max'];
  if (!numberColumns.has(column)) throw bad(`'${column}' is no number: it has no '${key}'.`);
  return number(column as NumberColumn, side === 'min' ? '>=' : '<=', key, value);
}

function number(column: NumberColumn, operator: '=' | '>=' | '<=', key: string, value: string): Filter {
  if (!/^\d{1,40}$/.test(value)) throw bad(`'${key}' takes a whole number.`);
  const amount = BigInt(value);
  return { kind: 'number', column, operator, value: String(amount > LARGEST ? LARGEST : amount) };
}

/** In any case: openstacksdk writes Python's `True`. */
export function flag(key: string, value: string): boolean {
  const word = value.toLowerCase();
  if (word !== 'true' && word !== 'false') throw bad(`'${key}' takes true or false.`);
  return word === 'true';
}

/** Ids are compared in lowercase; what is no UUID matches nothing. */
const idsOf = (values: readonly string[]): string[] =>
  values.map((value) => value.toLowerCase()).filter((value) => uuid.test(value));

/** `x`, `eq:x` or `in:a,"b,c"`. */
function anyOf(key: string, value: string): string[] {
  const colon = value.indexOf(':');
  if (colon < 0) return [value];
  const operator = value.slice(0, colon);
  const operand = value.slice(colon + 1);
  if (operator === 'eq') return [operand];
  if (operator === 'in') return listOf(key, operand);
  throw bad(`'${key}' has no operator '${operator.slice(0, 40)}'; write eq: before a value that holds a colon.`);
}

/** Values by comma; one that holds a comma stands in double quotes, where a backslash takes the next character as it is. */
function listOf(key: string, text: string): string[] {
  const values: string[] = [];
  const item = /(?:"((?:[^"\\]|\\.)*)"|([^,"]+))(,|$)/sy;
  while (item.lastIndex < text.length) {
    const match = item.exec(text);
    if (!match) throw bad(`'${key}' has an empty value, or a quote that does not open or close a value.`);
    values.push(match[1]?.replace(/\\(.)/gs, '$1') ?? (match[2] as string));
  }
  return values;
}

export const bad = (message: string): Refusal => new Refusal('invalid-filter', message);
