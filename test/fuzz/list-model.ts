// What GET /v2/images must answer, from facts 1.7: which images the caller sees, which the filters keep, in which order.
import type { Listed } from './population.ts';

export interface Caller {
  readonly projectId: string;
  readonly admin: boolean;
}
export type Query = readonly (readonly [string, string])[];
export type Expected = { readonly refused: true } | { readonly refused: false; readonly images: readonly Listed[] };

const last = (query: Query, key: string) => query.findLast(([name]) => name === key)?.[1];
const sortKeys = ['name', 'status', 'container_format', 'disk_format', 'size', 'id', 'created_at', 'updated_at'];
const control = new Set(['limit', 'marker', 'sort', 'sort_key', 'sort_dir', 'visibility', 'member_status', 'tag']);
const numeric = ['size', 'min_ram', 'min_disk', 'virtual_size'];
const listable = ['container_format', 'disk_format', 'id', 'name', 'status'];
const operators = /^(gt|gte|lt|lte|eq|neq):(.*)$/;

/** Thrown for a query that must be answered 400. */
class Bad extends Error {}

export function expected(images: readonly Listed[], caller: Caller, query: Query): Expected {
  try {
    const keep = filters(query);
    const order = ordering(query);
    const marker = last(query, 'marker');
    const sees = visible(caller, query);
    let found = images.filter((image) => sees(image) && keep.every((test) => test(image))).sort(order);
    if (marker !== undefined) {
      const at = images.find((image) => image.entity['id'] === marker);
      if (!at || !positions(at, caller)) throw new Bad();
      found = found.filter((image) => order(image, at) > 0);
    }
    return { refused: false, images: found };
  } catch (error) {
    if (error instanceof Bad) return { refused: true };
    throw error;
  }
}

/** A marker is an image that the caller can see by id, or could before it was deleted. */
function positions(image: Listed, caller: Caller): boolean {
  const { visibility } = image.entity;
  return (
    caller.admin ||
    image.owner === caller.projectId ||
    visibility === 'public' ||
    visibility === 'community' ||
    (visibility === 'shared' && image.members.has(caller.projectId))
  );
}

function visible(caller: Caller, query: Query): (image: Listed) => boolean {
  const wanted = last(query, 'visibility');
  const memberStatus = last(query, 'member_status') ?? 'accepted';
  if (wanted !== undefined && !['public', 'private', 'shared', 'community', 'all'].includes(wanted)) throw new Bad();
  if (!['accepted', 'pending', 'rejected', 'all'].includes(memberStatus)) throw new Bad();
  const hidden = bool(last(query, 'os_hidden') ?? 'false');
  const status = last(query, 'status');
  return (image) => {
    const { visibility } = image.entity;
    const own = image.owner === caller.projectId;
    // A deleted image shows to who asks for its status by name, and may: its owner and an admin.
    if (image.deleted && (status !== statusOf(image) || !(own || caller.admin))) return false;
    if (image.entity['os_hidden'] !== hidden) return false;
    if (wanted !== undefined && wanted !== 'all' && visibility !== wanted) return false;
    if (own) return true;
    if (visibility === 'community') return wanted === 'community' || wanted === 'all';
    if (caller.admin || visibility === 'public') return true;
    const share = image.members.get(caller.projectId);
    return visibility === 'shared' && share !== undefined && (memberStatus === 'all' || share === memberStatus);
  };
}

/** Only an image with data stays a while to be restored; one without is gone at once. */
function statusOf({ entity, deleted }: Listed): string {
  if (!deleted) return entity['status'];
  return entity['status'] === 'queued' ? 'deleted' : 'pending_delete';
}

function bool(text: string): boolean {
  if (!/^(true|false)$/i.test(text)) throw new Bad();
  return text.toLowerCase() === 'true';
}

function filters(query: Query): ((image: Listed) => boolean)[] {
  const limit = last(query, 'limit');
  if (limit !== undefined && !/^\d+$/.test(limit)) throw new Bad();
  return query
    .filter(([key]) => !control.has(key) && key !== 'os_hidden')
    .map(([key, value]) => filter(key, value))
    .concat(
      query
        .filter(([key]) => key === 'tag')
        .map(
          ([, tag]) =>
            (image) =>
              image.entity['tags'].includes(tag),
        ),
    );
}

function filter(key: string, value: string): (image: Listed) => boolean {
  if (key === 'changes-since') throw new Bad();
  if (key === 'protected') {
    const wanted = bool(value);
    return (image) => image.entity['protected'] === wanted;
  }
  if (key === 'created_at' || key === 'updated_at') return timeFilter(key, value);
  const bound = /^(.*)_(min|max)$/.exec(key);
  if (bound && numeric.includes(bound[1] as string)) return boundFilter(bound[1] as string, bound[2] as string, value);
  if (bound && bound[1] === 'note') throw new Bad();
  if (listable.includes(key)) {
    const wanted = value.startsWith('in:') ? listOf(value.slice(3)) : [plain(value)];
    return (image) => wanted.includes(key === 'status' ? statusOf(image) : image.entity[key]);
  }
  return (image) => Object.hasOwn(image.entity, key) && String(image.entity[key]) === value;
}

/** `name=like:x` names an operator that is not there; a value whose prefix is no operator-like word is itself. */
function plain(value: string): string {
  if (value.startsWith('eq:')) return value.slice(3);
  if (value.includes(':')) throw new Bad();
  return value;
}

function listOf(text: string): string[] {
  const values: string[] = [];
  const item = /(?:"((?:[^"\\]|\\.)*)"|([^,"]+))(,|$)/y;
  while (item.lastIndex < text.length) {
    const match = item.exec(text);
    if (!match) throw new Bad();
    values.push(match[1] ?? (match[2] as string));
    if (match[3] === '') break;
  }
  return values;
}

function boundFilter(key: string, side: string, value: string): (image: Listed) => boolean {
  if (!/^\d+$/.test(value)) throw new Bad();
  const bound = Number(value);
  return (image) => {
    const actual = image.entity[key] as number | undefined;
    return actual !== undefined && (side === 'min' ? actual >= bound : actual <= bound);
  };
}

function timeFilter(key: string, value: string): (image: Listed) => boolean {
  const match = operators.exec(value);
  const operator = match?.[1] ?? 'eq';
  const time = match?.[2] ?? value;
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(time) || Number.isNaN(Date.parse(time))) throw new Bad();
  const bound = Date.parse(time);
  return (image) => {
    const actual = Date.parse(image.entity[key] as string);
    switch (operator) {
      case 'gt':
        return actual > bound;
      case 'gte':
        return actual >= bound;
      case 'lt':
        return actual < bound;
      case 'lte':
        return actual <= bound;
      case 'neq':
        return actual !== bound;
      default:
        return actual === bound;
    }
  };
}

function ordering(query: Query): (a: Listed, b: Listed) => number {
  const keys = sortOf(query);
  if (keys.some(([key, dir]) => !sortKeys.includes(key) || (dir !== 'asc' && dir !== 'desc'))) throw new Bad();
  const full = [...keys];
  // What the caller left open is settled by newest first, then by id in the last direction given.
  for (const key of ['created_at', 'id']) {
    if (!full.some(([name]) => name === key)) full.push([key, keys.at(-1)?.[1] ?? 'desc']);
  }
  return (a, b) => {
    for (const [key, dir] of full) {
      const order = compare(keyOf(a, key), keyOf(b, key));
      if (order !== 0) return dir === 'asc' ? order : -order;
    }
    return 0;
  };
}

function sortOf(query: Query): [string, string][] {
  const modern = query.filter(([key]) => key === 'sort').map(([, value]) => value);
  const keys = query.filter(([key]) => key === 'sort_key').map(([, value]) => value);
  const dirs = query.filter(([key]) => key === 'sort_dir').map(([, value]) => value);
  if (modern.length > 0) {
    if (keys.length > 0 || dirs.length > 0) throw new Bad();
    return modern
      .join(',')
      .split(',')
      .map((part) => {
        const [key, dir = 'desc', more] = part.split(':');
        if (more !== undefined) throw new Bad();
        return [key as string, dir];
      });
  }
  if (dirs.length > 1 && dirs.length !== keys.length) throw new Bad();
  if (keys.length === 0) return [['created_at', dirs[0] ?? 'desc']];
  return keys.map((key, i) => [key, dirs[i] ?? dirs[0] ?? 'desc']);
}

type Key = string | number | null;
function keyOf(image: Listed, key: string): Key {
  if (key === 'created_at') return image.createdAt;
  if (key === 'updated_at') return image.updatedAt;
  if (key === 'id') return String(image.entity['id']).toLowerCase();
  if (key === 'status') return statusOf(image);
  return (image.entity[key] ?? null) as Key;
}

/** Unset is smaller than everything; text by code point. */
function compare(a: Key, b: Key): number {
  if (a === null || b === null) return (a === null ? 0 : 1) - (b === null ? 0 : 1);
  if (typeof a === 'number') return a - (b as number);
  return Buffer.compare(Buffer.from(a), Buffer.from(b as string));
}
