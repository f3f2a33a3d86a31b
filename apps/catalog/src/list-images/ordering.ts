import type { Sort, SortKey } from './sorting.js';
import type { Statement } from './statement.js';

/** The image that a page starts after, as far as any order needs it; times as PostgreSQL wrote them. */
export interface Marker {
  readonly id: string;
  readonly created_at: string;
  readonly updated_at: string;
  readonly name: string | null;
  readonly status: string;
  readonly container_format: string | null;
  readonly disk_format: string | null;
  readonly size: string | null;
}

/** An expression that is never null, and what it is for the marker. Unset is smaller than everything, also than ''. */
interface Term {
  readonly sql: string;
  readonly type: string;
  readonly of: (marker: Marker) => unknown;
}

const optionalText = (column: 'name' | 'container_format' | 'disk_format'): Term[] => [
  { sql: `(i.${column} IS NOT NULL)`, type: 'boolean', of: (marker) => marker[column] !== null },
  { sql: `coalesce(i.${column}, '')`, type: 'text', of: (marker) => marker[column] ?? '' },
];
const time = (column: 'created_at' | 'updated_at'): Term[] => [
  { sql: `i.${column}`, type: 'timestamptz', of: (marker) => marker[column] },
];
const terms: Readonly<Record<SortKey, readonly Term[]>> = {
  name: optionalText('name'),
  container_format: optionalText('container_format'),
  disk_format: optionalText('disk_format'),
  status: [{ sql: 'i.status', type: 'text', of: (marker) => marker.status }],
  size: [{ sql: 'coalesce(i.size, -1)', type: 'bigint', of: (marker) => marker.size ?? '-1' }],
  id: [{ sql: 'i.id', type: 'uuid', of: (marker) => marker.id }],
  created_at: time('created_at'),
  updated_at: time('updated_at'),
};

/** What equals a value of this column, as its index has it. */
export const equalTo = (column: 'name' | 'status' | 'container_format' | 'disk_format', value: string): string =>
  column === 'status'
    ? `i.status = ${value}`
    : `(i.${column} IS NOT NULL) = true AND coalesce(i.${column}, '') = ${value}`;

/** The expressions that an order consists of, each with its direction. */
export const sortTerms = (sort: readonly Sort[]) =>
  sort.flatMap(({ key, direction }) => terms[key].map((term) => ({ ...term, direction })));

export const orderBy = (sort: readonly Sort[]): string =>
  sortTerms(sort)
    .map((term) => `${term.sql} ${term.direction}`)
    .join(', ');

/** What comes after the marker. */
export function after(sort: readonly Sort[], marker: Marker, sql: Statement): string {
  const parts = sortTerms(sort).map((term) => ({ ...term, value: sql.bind(term.of(marker), term.type) }));
  const [first] = parts;
  if (first !== undefined && parts.every(({ direction }) => direction === first.direction)) {
    const left = parts.map((part) => part.sql).join(', ');
    const right = parts.map((part) => part.value).join(', ');
    return `(${left}) ${comparison(first.direction)} (${right})`;
  }
  const beyond = parts.map((part, i) => {
    const equal = parts.slice(0, i).map((earlier) => `${earlier.sql} = ${earlier.value}`);
    return `(${[...equal, `${part.sql} ${comparison(part.direction)} ${part.value}`].join(' AND ')})`;
  });
  return `(${beyond.join(' OR ')})`;
}

export const comparison = (direction: 'asc' | 'desc'): string => (direction === 'asc' ? '>' : '<');

/** The order of the visibility rows: by creation, then by id, one way. */
export function isByCreation(sort: readonly Sort[]): boolean {
  const [first, second] = sort;
  return first?.key === 'created_at' && second?.key === 'id' && first.direction === second.direction;
}

const indexed: ReadonlySet<SortKey> = new Set([
  'name',
  'updated_at',
  'size',
  'status',
  'disk_format',
  'container_format',
]);

/** An order that an index of `images` has: by id, or by one other key, then creation, then id, one way. */
export function isIndexed(sort: readonly Sort[]): boolean {
  const [first, second, third] = sort;
  if (first?.key === 'id') return true;
  return (
    first !== undefined &&
    indexed.has(first.key) &&
    second?.key === 'created_at' &&
    third?.key === 'id' &&
    second.direction === first.direction &&
    third.direction === first.direction
  );
}
