import { Refusal } from '@cloud-images/contracts';
import fc from 'fast-check';
import { listCase } from '../list-cases.ts';
import { expected, type Query } from '../list-model.ts';
import type { Tally } from '../tally.ts';
import { firstLink, nextLink, parseListQuery } from './rules.ts';

const ID = '9c1f3f0e-8d2a-4c3b-9a55-0d1f5a0b7e11';
const caller = { projectId: 'p', admin: false };
const text = fc.oneof(fc.string({ maxLength: 20 }), fc.string({ unit: 'grapheme', maxLength: 8 }));
const key = fc.constantFrom(
  ...['limit', 'marker', 'sort', 'sort_key', 'sort_dir', 'visibility', 'member_status', 'os_hidden', 'protected'],
  ...[
    'name',
    'status',
    'id',
    'size',
    'size_min',
    'created_at',
    'updated_at',
    'tag',
    'owner',
    'standard',
    'x_max',
    '__proto__',
  ],
);
/** Whatever a client may send: it is understood or refused, and never a fault. */
const wild = fc.array(fc.tuple(fc.oneof(key, text), text), { maxLength: 4 });

/** Parameters of lists against what the specification takes and refuses; and the links that the answer has. */
export function fuzzListRules(seed: number, tally: Tally): void {
  const known = fc.property(listCase([ID], ['2026-11-24T12:00:00Z']), ({ query }) => {
    if (tally.done()) return;
    // Whether a marker names an image is the database's to say.
    const asked = query.filter(([name, value]) => name !== 'marker' || value === 'x');
    const status = statusOf(asked);
    tally.count(status);
    const wanted = expected([], caller, asked).refused ? 400 : 200;
    if (status !== wanted) throw new Error(`${searchOf(asked)}\nexpected ${wanted}, got ${status}`);
  });
  const anything = fc.property(wild, (query) => {
    if (!tally.done()) tally.count(statusOf(query));
  });
  for (let round = 0; !tally.done(); round += 1) {
    fc.assert(known, { seed: seed + round * 7919, numRuns: 4_000 });
    fc.assert(anything, { seed: seed + round * 7919, numRuns: 1_000 });
  }
}

const searchOf = (query: Query): string => new URLSearchParams(query as [string, string][]).toString();

function statusOf(query: Query): number {
  try {
    const search = searchOf(query);
    const parsed = parseListQuery(search);
    keeps(query, firstLink(parsed), null);
    keeps(query, nextLink(parsed, ID), ID);
    return 200;
  } catch (error) {
    if (error instanceof Refusal) return error.status;
    throw error;
  }
}

/** A link asks for the same, from another place. */
function keeps(query: Query, link: string, marker: string | null): void {
  const without = (pairs: Iterable<readonly [string, string]>) =>
    JSON.stringify([...pairs].filter(([name]) => name !== 'marker').sort());
  const linked = new URL(link, 'http://x').searchParams;
  if (without(new URLSearchParams(searchOf(query))) !== without(linked))
    throw new Error(`${link}\nof ${searchOf(query)}`);
  if (linked.get('marker') !== marker) throw new Error(`${link} has another marker than ${String(marker)}`);
}
