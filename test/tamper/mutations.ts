import type { SeededRandom } from '../support/seeded-random.ts';
import { forged, rowOf, type Row } from './sealed-ledger.ts';

/** What was done to the rows, and what may be said of it. */
export interface Mutation {
  readonly name: string;
  readonly rows: readonly Row[];
  /** The first position that is another. */
  readonly position: number;
  /** What it is, where the leaves survived; empty: the tree was computed anew, so the stretch is named. */
  readonly kinds: readonly string[];
  /** An export's lines as they come out, when it is those that are changed. */
  readonly edit?: (lines: string[]) => string[];
}

type Depth = 'plain' | 'renumbered' | 'recomputed';

const depths: readonly Depth[] = ['plain', 'renumbered', 'recomputed'];

/** Rows in another order or number, as far as the attacker goes: as they are; numbered anew; hashed anew as well. */
function settled(rows: readonly Row[], depth: Depth): Row[] {
  if (depth === 'plain') return [...rows];
  return rows.map((row, position) => {
    if (row.entry.position === position) return row;
    const entry = { ...row.entry, position };
    return depth === 'recomputed' ? rowOf(entry) : { entry, leaf_hash: row.leaf_hash };
  });
}

/** One random mutation of a ledger. */
export function mutate(rows: readonly Row[], random: SeededRandom): Mutation {
  const depth = depths[random.int(0, 2)] as Depth;
  const position = random.int(0, rows.length - 1);
  const kinds = (...of: string[]): string[] => (depth === 'recomputed' ? [] : of);
  switch (random.int(0, 5)) {
    case 0:
      return {
        name: `change, ${depth}`,
        rows: changed(rows, position, depth, random),
        position,
        kinds: kinds('changed'),
      };
    case 1: {
      const removed = settled(rows.toSpliced(position, 1), depth);
      // Of the last one nothing is left that could show it but the checkpoint that was kept.
      const last = position === rows.length - 1;
      return { name: `remove, ${depth}`, rows: removed, position, kinds: last ? ['truncated'] : kinds('removed') };
    }
    case 2: {
      const copied = random.int(0, 1) === 0;
      const source = rows[random.int(0, rows.length - 1)] as Row;
      const entry = copied ? { ...source.entry, position } : forged(random, position);
      const inserted = settled(rows.toSpliced(position, 0, rowOf(entry)), depth);
      // A copy shows at once, by its place in its stream: it may look as if what is between were gone.
      const of = copied ? kinds('inserted', 'removed') : kinds('inserted');
      return { name: `insert, ${depth}`, rows: inserted, position, kinds: of };
    }
    case 3:
      return swapped(rows, position, depth, random, kinds);
    case 4: {
      const left = random.int(1, rows.length - 1);
      return { name: 'truncate', rows: rows.slice(0, left), position: left, kinds: ['truncated'] };
    }
    default:
      return {
        name: 'edit the text',
        rows,
        position,
        kinds: ['changed', 'removed', 'inserted', 'moved'],
        edit: (lines) => lines.with(1 + position, edited(lines[1 + position] as string, random)),
      };
  }
}

function changed(rows: readonly Row[], position: number, depth: Depth, random: SeededRandom): Row[] {
  return rows.toSpliced(position, 1, changedRow(rows[position] as Row, depth, random));
}

/** The row with one thing about its event another, and hashed anew or not. */
export function changedRow({ entry, leaf_hash }: Row, depth: Depth, random: SeededRandom): Row {
  const changes = [
    { actor: { ...entry.actor, user: 'somebody else' } },
    { actor: { ...entry.actor, roles: [...entry.actor.roles, 'admin'] } },
    { data: { ...entry.data, from: 'never' } },
    { data: { ...entry.data, more: entry.position } },
    { time: '2026-01-01T00:00:00.000000Z' },
    { type: 'ImagePurged' },
    { request_id: 'req-other' },
    { id: '00000000-0000-4000-8000-000000000000' },
    { number: entry.number + 1_000_000 },
    { causation_id: entry.id },
  ];
  const other = { ...entry, ...random.pick(changes) };
  return depth === 'recomputed' ? rowOf(other) : { entry: other, leaf_hash };
}

function swapped(
  rows: readonly Row[],
  one: number,
  depth: Depth,
  random: SeededRandom,
  kinds: (...of: string[]) => string[],
): Mutation {
  const near = random.int(0, 2) === 0 ? one + 1 : random.int(0, rows.length - 1);
  const two = near === one || near >= rows.length ? (one === 0 ? 1 : one - 1) : near;
  const order = rows.with(one, rows[two] as Row).with(two, rows[one] as Row);
  const of = depth === 'plain' ? kinds('moved') : kinds('moved', 'changed');
  return { name: `swap, ${depth}`, rows: settled(order, depth), position: Math.min(one, two), kinds: of };
}

/** One letter or digit of a line is another one. */
function edited(line: string, random: SeededRandom): string {
  for (;;) {
    const at = random.int(0, line.length - 1);
    const was = line[at] as string;
    if (!/[a-z0-9]/.test(was)) continue;
    const alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789'.replace(was, '');
    return line.slice(0, at) + alphabet[random.int(0, alphabet.length - 1)] + line.slice(at + 1);
  }
}
