import { streamId } from '@cloud-images/contracts';
import type { SqlExecutor } from '@cloud-images/event-store';
import { renderParts } from '@cloud-images/image-model';
import type { LedgerEntry } from '@cloud-images/ledger';
import { foldEntry, initialOf, isOfImage, type Change, type State } from './fold-entry.js';
import { fromStored, toStored } from './stored-state.js';

const closeImage = `UPDATE history.images SET valid_to = $2 WHERE image_id = $1 AND valid_to = 'infinity'`;
const putImage = `
INSERT INTO history.images (image_id, version, valid_from, created_at, owner, visibility, status, os_hidden, name, document, unset)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`;
const closeMember = `
UPDATE history.members SET valid_to = $3 WHERE image_id = $1 AND member_id = $2 AND valid_to = 'infinity'`;
const putMember = `
INSERT INTO history.members (image_id, member_id, version, valid_from, status, created_at)
VALUES ($1, $2, $3, $4, $5, $6)`;

interface Folded {
  readonly version: number;
  readonly state: State;
}

/** Takes events in the order of the ledger, which holds each stream in its own order; one transaction's worth. */
export async function applyEntries(sql: SqlExecutor, sealed: readonly LedgerEntry[]): Promise<void> {
  const entries = sealed.filter(isOfImage);
  const streams = new Map<string, Folded>(await statesOf(sql, [...new Set(entries.map(({ stream }) => stream))]));
  for (const entry of entries) {
    const { stream, version } = entry;
    const before = streams.get(stream)?.state ?? initialOf(stream);
    const { state, change } = foldEntry(before, entry);
    streams.set(stream, { version, state });
    write(sql, entry, change);
  }
  const rows = [...streams];
  void sql.query(
    `INSERT INTO history.states (stream, version, state)
     SELECT * FROM unnest($1::text[], $2::integer[], $3::jsonb[])
     ON CONFLICT (stream) DO UPDATE SET version = excluded.version, state = excluded.state`,
    [
      rows.map(([stream]) => stream),
      rows.map(([, { version }]) => version),
      rows.map(([, { state }]) => toStored(state)),
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

function write(sql: SqlExecutor, { stream, version, time }: LedgerEntry, change: Change): void {
  const id = streamId(stream).toLowerCase();
  if (change.kind === 'image') {
    const { image } = change;
    const { document, unset } = renderParts(image);
    const { created_at, owner, visibility, status, os_hidden, name } = image;
    void sql.query(closeImage, [id, time], 'history:close-image');
    void sql.query(
      putImage,
      [id, version, time, created_at, owner, visibility, status, os_hidden, name, document, unset],
      'history:put-image',
    );
  } else if (change.kind === 'member') {
    const { member, now } = change;
    void sql.query(closeMember, [id, member, time], 'history:close-member');
    if (now === null) return;
    void sql.query(putMember, [id, member, version, time, now.status, now.created_at], 'history:put-member');
  }
}
