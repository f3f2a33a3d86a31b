import { streamId } from '@cloud-images/contracts';
import type { SqlExecutor } from '@cloud-images/event-store';
import { renderParts, type Image, type Member } from '@cloud-images/image-model';
import type { LedgerEntry } from '@cloud-images/ledger';
import { jsonLines } from '../ledger/json-lines.js';
import { foldEntry, initialOf, isOfImage, type State } from './fold-entry.js';
import { Spans } from './spans.js';
import { fromStored, toStored } from './stored-state.js';

// By its key, for which the index on the end of a span is not needed: a row that only ends stays where it is (HOT).
const closeImages = `
WITH c AS MATERIALIZED (
  SELECT u.image_id, u.at, (SELECT p.version FROM history.images p WHERE p.image_id = u.image_id
                             ORDER BY p.version DESC LIMIT 1) AS version
    FROM unnest($1::text[], $2::timestamptz[]) AS u(image_id, at))
UPDATE history.images i SET valid_to = c.at FROM c WHERE i.image_id = c.image_id AND i.version = c.version`;
const putImages = `
INSERT INTO history.images (image_id, version, valid_from, valid_to, created_at, owner, visibility, status, os_hidden,
                            name, document, unset)
SELECT * FROM unnest($1::text[], $2::integer[], $3::timestamptz[], $4::timestamptz[], $5::timestamptz[], $6::text[],
                     $7::text[], $8::text[], $9::boolean[], $10::text[], string_to_array($11, E'\\n'), $12::text[])`;
const closeMembers = `
UPDATE history.members m SET valid_to = c.at
  FROM unnest($1::text[], $2::text[], $3::timestamptz[]) AS c(image_id, member_id, at)
 WHERE m.image_id = c.image_id AND m.member_id = c.member_id AND m.valid_to = 'infinity'`;
const putMembers = `
INSERT INTO history.members (image_id, member_id, version, valid_from, valid_to, status, created_at)
SELECT * FROM unnest($1::text[], $2::text[], $3::integer[], $4::timestamptz[], $5::timestamptz[], $6::text[],
                     $7::timestamptz[])`;

interface Folded {
  readonly version: number;
  readonly state: State;
}

/** For the transaction: whatever the planner believes of tables that nobody counted, each row is looked up by its key. */
const byKeys = `SELECT set_config(name, 'off', true)
  FROM unnest(ARRAY['enable_seqscan', 'enable_hashjoin', 'enable_mergejoin']) AS name`;

/** Takes events in the order of the ledger, which holds each stream in its own order; one transaction's worth. */
export async function applyEntries(sql: SqlExecutor, sealed: readonly LedgerEntry[]): Promise<void> {
  const entries = sealed.filter(isOfImage);
  void sql.query(byKeys, [], 'history:by-keys');
  const streams = new Map<string, Folded>(await statesOf(sql, [...new Set(entries.map(({ stream }) => stream))]));
  const images = new Spans<Image & { readonly id: string }>();
  const members = new Spans<Member & { readonly image: string; readonly member: string }>();
  for (const entry of entries) {
    const { stream, version } = entry;
    const before = streams.get(stream)?.state ?? initialOf(stream);
    const { state, change } = foldEntry(before, entry);
    streams.set(stream, { version, state });
    const id = streamId(stream).toLowerCase();
    if (change.kind === 'image') {
      images.follow([id], entry, { ...change.image, id });
    } else if (change.kind === 'member') {
      const { member, now } = change;
      members.follow([id, member], entry, now && { ...now, image: id, member });
    }
  }
  writeImages(sql, images);
  writeMembers(sql, members);
  const rows = [...streams];
  void sql.query(
    `INSERT INTO history.states (stream, version, state)
     SELECT stream, version, state::jsonb
       FROM unnest($1::text[], $2::integer[], string_to_array($3, E'\\n')) AS s(stream, version, state)
     ON CONFLICT (stream) DO UPDATE SET version = excluded.version, state = excluded.state`,
    [
      rows.map(([stream]) => stream),
      rows.map(([, { version }]) => version),
      jsonLines(rows.map(([, { state }]) => toStored(state))),
    ],
    'history:states',
  );
}

async function statesOf(sql: SqlExecutor, streams: readonly string[]): Promise<[string, Folded][]> {
  const { rows } = await sql.query<{ stream: string; version: number; state: string }>(
    'SELECT stream, version, state::text AS state FROM history.states WHERE stream = ANY ($1)',
    [streams],
    'history:read-states',
  );
  return rows.map(({ stream, version, state }) => [stream, { version, state: fromStored<State>(state) }]);
}

function writeImages(sql: SqlExecutor, { closed, spans }: Spans<Image & { readonly id: string }>): void {
  if (closed.length > 0)
    void sql.query(
      closeImages,
      columns(closed, ({ key: [id], at }) => [id, at]),
      'history:close-images',
    );
  if (spans.length === 0) return;
  const rows = columns(spans, ({ version, from, to, is }) => {
    const { id, created_at, owner, visibility, status, os_hidden, name } = is;
    return [id, version, from, to, created_at, owner, visibility, status, os_hidden, name];
  });
  const parts = spans.map(({ is }) => renderParts(is));
  // Nothing may be unset, and no lines are made of one that is empty.
  const texts = [jsonLines(parts.map(({ document }) => document)), parts.map(({ unset }) => unset)];
  void sql.query(putImages, [...rows, ...texts], 'history:put-images');
}

function writeMembers(
  sql: SqlExecutor,
  { closed, spans }: Spans<Member & { readonly image: string; readonly member: string }>,
): void {
  if (closed.length > 0)
    void sql.query(
      closeMembers,
      columns(closed, ({ key, at }) => [...key, at]),
      'history:close-members',
    );
  if (spans.length === 0) return;
  const rows = columns(spans, ({ version, from, to, is: { image, member, status, created_at } }) => [
    ...[image, member, version, from, to, status, created_at],
  ]);
  void sql.query(putMembers, rows, 'history:put-members');
}

/** One array for each column, as `unnest` takes them. */
function columns<T>(rows: readonly T[], cellsOf: (row: T) => unknown[]): unknown[][] {
  const [first = [], ...others] = rows.map(cellsOf);
  return first.map((cell, at) => [cell, ...others.map((cells) => cells[at])]);
}
