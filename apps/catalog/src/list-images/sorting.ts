import { Refusal } from '@cloud-images/contracts';

export const sortKeys = [
  'name',
  'status',
  'container_format',
  'disk_format',
  'size',
  'id',
  'created_at',
  'updated_at',
] as const;
export type SortKey = (typeof sortKeys)[number];
export type Direction = 'asc' | 'desc';
export interface Sort {
  readonly key: SortKey;
  readonly direction: Direction;
}

/**
 * The whole order: `sort=key:dir,…`, or `sort_key` and `sort_dir` repeated (one direction for all, or one each), then what
 * the caller left open by creation and id, in the last direction given. It ends with the id, which no two images share.
 */
export function parseSort(sort: readonly string[], keys: readonly string[], dirs: readonly string[]): Sort[] {
  if (sort.length > 0 && keys.length + dirs.length > 0) throw bad("'sort' and 'sort_key' can't be mixed.");
  const wanted = sort.length > 0 ? modern(sort) : classic(keys, dirs);
  const last = wanted.at(-1)?.direction ?? 'desc';
  const order: Sort[] = [];
  for (const part of [...wanted, ...(['created_at', 'id'] as const).map((key) => ({ key, direction: last }))]) {
    if (!order.some(({ key }) => key === part.key)) order.push(part);
    if (part.key === 'id') break;
  }
  return order;
}

const modern = (sort: readonly string[]): Sort[] =>
  sort
    .join(',')
    .split(',')
    .map((part) => {
      const [key = '', direction = 'desc', ...more] = part.split(':');
      if (more.length > 0) throw bad("'sort' takes key:direction, separated by commas.");
      return checked(key, direction);
    });

function classic(keys: readonly string[], dirs: readonly string[]): Sort[] {
  if (dirs.length > 1 && dirs.length !== keys.length) throw bad("Give one 'sort_dir', or one for each 'sort_key'.");
  if (keys.length === 0) return [checked('created_at', dirs[0] ?? 'desc')];
  return keys.map((key, i) => checked(key, dirs[i] ?? dirs[0] ?? 'desc'));
}

function checked(key: string, direction: string): Sort {
  if (!(sortKeys as readonly string[]).includes(key)) throw bad(`Images can be sorted by ${sortKeys.join(', ')}.`);
  if (direction !== 'asc' && direction !== 'desc') throw bad('A sort direction is asc or desc.');
  return { key: key as SortKey, direction };
}

const bad = (message: string): Refusal => new Refusal('invalid-sort', message);
