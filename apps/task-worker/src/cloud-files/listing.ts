import { Refusal } from '@cloud-images/contracts';
import type { Container } from './containers.query.js';
import type { StoredObject } from './objects.query.js';

export const maxListed = 10_000;

/** The query of a list, checked. */
export interface ListQuery {
  readonly limit: number;
  readonly marker: string;
  readonly end: string;
  readonly prefix: string;
  /** One character or more; empty: names are not grouped. */
  readonly delimiter: string;
  readonly json: boolean;
}

/** Throws `Refusal`: `invalid-limit` for what is no number up to 10,000, `bad-request` for a format that is not offered. */
export function readListQuery(query: Readonly<Record<string, unknown>>, accept: string | undefined): ListQuery {
  const text = (name: string): string => {
    const value = query[name] ?? '';
    if (typeof value === 'string') return value;
    throw new Refusal('bad-request', `${name} is given more than once.`);
  };
  const limit = text('limit');
  if (!/^\d{0,9}$/.test(limit) || Number(limit) > maxListed) {
    throw new Refusal('invalid-limit', `limit is a number up to ${maxListed}.`);
  }
  const format = text('format').toLowerCase();
  if (!['', 'json', 'plain'].includes(format)) throw new Refusal('bad-request', 'format is json or plain.');
  return {
    limit: limit === '' ? maxListed : Number(limit),
    marker: text('marker'),
    end: text('end_marker'),
    prefix: text('prefix'),
    delimiter: text('delimiter'),
    json: format === 'json' || (format === '' && /\bapplication\/json\b/i.test(accept ?? '')),
  };
}

/** A part of the names up to the delimiter, in the place of all that begin so. */
export interface Subdirectory {
  readonly subdir: string;
}

export type Listed = StoredObject | Subdirectory;

type ObjectsFrom = (page: {
  from: string;
  inclusive: boolean;
  prefix: string;
  limit: number;
}) => Promise<StoredObject[]>;

/** The last character there is: behind every name that begins with what stands before it. */
const last = '\u{10ffff}';
const pageSize = 1_000;
const groupedPageSize = 100;

/** Objects in the order of their names; with a delimiter those of a group are not read one by one, but passed over. */
export async function listObjects(objectsFrom: ObjectsFrom, query: ListQuery): Promise<Listed[]> {
  const { limit, prefix, delimiter, end } = query;
  const found: Listed[] = [];
  let from = query.marker;
  let inclusive = false;
  // A marker within a group is behind the group: it was given as one.
  if (delimiter !== '' && from.startsWith(prefix)) {
    const group = groupOf(from, prefix, delimiter);
    if (group !== null) from = group + last;
  }
  while (found.length < limit) {
    const size = Math.min(limit - found.length, delimiter === '' ? pageSize : groupedPageSize);
    const page = await objectsFrom({ from, inclusive, prefix, limit: size });
    let passedOver = false;
    for (const object of page) {
      if (end !== '' && Buffer.compare(Buffer.from(object.name), Buffer.from(end)) >= 0) return found;
      const group = delimiter === '' ? null : groupOf(object.name, prefix, delimiter);
      found.push(group === null ? object : { subdir: group });
      from = group === null ? object.name : group + last;
      inclusive = false;
      passedOver = group !== null;
      if (passedOver) break;
    }
    if (!passedOver && page.length < size) return found;
  }
  return found;
}

function groupOf(name: string, prefix: string, delimiter: string): string | null {
  const at = name.indexOf(delimiter, prefix.length);
  return at < 0 ? null : name.slice(0, at + delimiter.length);
}

/** As Swift writes it: UTC without saying so. */
const time = (date: Date): string => `${date.toISOString().slice(0, -1)}000`;

export const containerEntry = ({ name, objects, bytes, created_at }: Container) => ({
  name,
  count: objects,
  bytes,
  last_modified: time(created_at),
});

export const objectEntry = (listed: Listed) =>
  'subdir' in listed
    ? listed
    : {
        name: listed.name,
        bytes: listed.size,
        hash: listed.md5,
        content_type: listed.content_type,
        last_modified: time(listed.modified_at),
      };

export const nameOf = (listed: Listed): string => ('subdir' in listed ? listed.subdir : listed.name);
