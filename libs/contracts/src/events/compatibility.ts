/** The part of JSON Schema that events are described by. */
export interface FieldSchema {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly FieldSchema[];
  readonly items?: FieldSchema;
  readonly properties?: Readonly<Record<string, FieldSchema>>;
  readonly patternProperties?: Readonly<Record<string, FieldSchema>>;
  readonly required?: readonly string[];
  readonly minimum?: number;
  readonly description?: string;
}

const keywords = 'type const enum anyOf items properties patternProperties required minimum description';
const understood: ReadonlySet<string> = new Set(keywords.split(' '));

// What was published is read by programs that know nothing newer. So all that fits the newer schema must fit the older one:
// a field may come, may not go, and what was there may say less than before and nothing else.

/** Why a reader of `older` might not read what `newer` lets be written; empty when it always can. */
export function breaksOf(older: FieldSchema, newer: FieldSchema, at = 'data'): string[] {
  const strange = [...Object.keys(older), ...Object.keys(newer)].find((keyword) => !understood.has(keyword));
  if (strange !== undefined) {
    return isSame(older, newer) ? [] : [`${at}: '${strange}' changed perhaps; this check does not know it`];
  }
  if (newer.anyOf) return newer.anyOf.flatMap((one) => breaksOf(older, one, at));
  if (older.anyOf) return amongThose(older.anyOf, newer, at);
  return [...values(older, newer, at), ...members(older, newer, at)];
}

function amongThose(olders: readonly FieldSchema[], newer: FieldSchema, at: string): string[] {
  const fits = olders.some((one) => breaksOf(one, newer, at).length === 0);
  return fits ? [] : [`${at}: may be ${shortly(newer)}, which it could not be before`];
}

function values(older: FieldSchema, newer: FieldSchema, at: string): string[] {
  const before = listed(older);
  const now = listed(newer);
  if (before !== null) {
    const more = now === null ? [shortly(newer)] : now.filter((value) => !before.some((one) => isSame(one, value)));
    return more.length === 0 ? [] : [`${at}: may be ${more.map((one) => JSON.stringify(one)).join(', ')}`];
  }
  const types = now === null ? typesOf(newer) : now.map(typeOf);
  const known = typesOf(older);
  const strange = known === null ? [] : (types ?? ['anything']).filter((type) => !isAmong(known, type));
  const broken = strange.map((type) => `${at}: may be ${type}`);
  if (older.minimum !== undefined && now === null && (newer.minimum ?? -Infinity) < older.minimum) {
    broken.push(`${at}: may be below ${older.minimum}`);
  }
  return broken;
}

function members(older: FieldSchema, newer: FieldSchema, at: string): string[] {
  const broken = (older.required ?? [])
    .filter((name) => !newer.required?.includes(name))
    .map((name) => `${at}.${name}: was always there`);
  for (const [name, field] of Object.entries(older.properties ?? {})) {
    const now = newer.properties?.[name];
    if (now !== undefined) broken.push(...breaksOf(field, now, `${at}.${name}`));
    else if (!broken.some((one) => one.startsWith(`${at}.${name}:`))) broken.push(`${at}.${name}: is gone`);
  }
  for (const [pattern, field] of Object.entries(older.patternProperties ?? {})) {
    const now = newer.patternProperties?.[pattern];
    broken.push(...(now ? breaksOf(field, now, `${at}.*`) : [`${at}: names no longer follow ${pattern}`]));
  }
  if (older.items)
    broken.push(...(newer.items ? breaksOf(older.items, newer.items, `${at}[]`) : [`${at}[]: anything`]));
  return broken;
}

const listed = (schema: FieldSchema): readonly unknown[] | null =>
  'const' in schema ? [schema.const] : (schema.enum ?? null);

const typesOf = ({ type }: FieldSchema): readonly string[] | null =>
  type === undefined ? null : typeof type === 'string' ? [type] : type;

const isAmong = (known: readonly string[], type: string): boolean =>
  known.includes(type) || (type === 'integer' && known.includes('number'));

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
}

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);
const shortly = ({ type, enum: some, const: only }: FieldSchema): string =>
  String(some?.join('|') ?? only ?? type ?? 'anything');
