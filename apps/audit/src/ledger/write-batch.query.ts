import type { SqlExecutor } from '@cloud-images/event-store';
import { jsonLines } from './json-lines.js';
import type { LogPlace, Progress } from './completeness.js';
import type { ProgressOfLogs } from './known.query.js';
import type { Arrival } from './arrival.js';
import type { Plan } from './plan-batch.js';
import { KEPT_LEVELS } from './tree.query.js';

/** A perfect subtree that the batch completed. */
export interface Completed {
  readonly level: number;
  readonly index: number;
  readonly hash: Buffer;
}

/** Sends the leaves of a batch and what follows from them. */
export function writeLeaves(sql: SqlExecutor, { leaves, owners }: Plan, completed: readonly Completed[]): void {
  if (leaves.length === 0) return;
  const of = <T>(pick: (leaf: (typeof leaves)[number]) => T): T[] => leaves.map(pick);
  void sql.query(
    `INSERT INTO ledger.events (position, leaf_hash, entry, event_id, stream, version, kind, type, image_id, actor,
                                project, request_id, recorded_at, readers)
     SELECT l.position, l.leaf_hash, l.entry, l.event_id, l.stream, l.version, l.kind, l.type, l.image_id, l.actor,
            l.project, l.request_id, l.recorded_at, ARRAY(SELECT jsonb_array_elements_text(l.readers))
       FROM unnest($1::bigint[], $2::bytea[], string_to_array($3, E'\\n'), $4::uuid[], $5::text[], $6::integer[], $7::text[],
                   $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::timestamptz[], $14::jsonb[])
         AS l(position, leaf_hash, entry, event_id, stream, version, kind, type, image_id, actor, project, request_id,
              recorded_at, readers)`,
    [
      of(({ entry }) => entry.position),
      of(({ hash }) => hash),
      jsonLines(of(({ text }) => text)),
      of(({ entry }) => entry.id),
      of(({ entry }) => entry.stream),
      of(({ entry }) => entry.version),
      of(({ entry }) => entry.kind),
      of(({ entry }) => entry.type),
      of(({ subject }) => subject),
      of(({ entry }) => entry.actor.user),
      of(({ entry }) => entry.actor.project),
      of(({ entry }) => entry.request_id),
      of(({ entry }) => entry.time),
      of(({ readers }) => JSON.stringify(readers)),
    ],
    'write_leaves',
  );
  writeReaders(sql, leaves);
  writeOwners(sql, owners);
  writeSubtrees(sql, completed);
}

function writeReaders(sql: SqlExecutor, leaves: Plan['leaves']): void {
  const rows = leaves.flatMap(({ readers, entry }) => readers.map((project) => [project, entry.position] as const));
  if (rows.length > 0) {
    void sql.query(
      `INSERT INTO ledger.readers (project, position) SELECT * FROM unnest($1::text[], $2::bigint[])`,
      [rows.map(([project]) => project), rows.map(([, position]) => position)],
      'write_readers',
    );
  }
  // The two logs reach us by ways of their own: a member event that was faster than its image concerns its owner too.
  const created = leaves.filter(({ entry }) => entry.type === 'ImageCreated');
  if (created.length === 0) return;
  void sql.query(
    `INSERT INTO ledger.readers (project, position)
     SELECT c.project, e.position FROM unnest($1::text[], $2::text[]) AS c(stream, project)
       JOIN ledger.events e ON e.stream = c.stream WHERE c.project IS NOT NULL
     ON CONFLICT DO NOTHING`,
    [created.map(({ subject }) => `membership-${subject}`), created.map(({ readers }) => readers[0] ?? null)],
    'write_late_readers',
  );
}

function writeOwners(sql: SqlExecutor, owners: Plan['owners']): void {
  if (owners.size === 0) return;
  void sql.query(
    `INSERT INTO intake.owners (image_id, project) SELECT * FROM unnest($1::text[], $2::text[])
     ON CONFLICT (image_id) DO UPDATE SET project = excluded.project`,
    [[...owners.keys()], [...owners.values()]],
    'write_owners',
  );
}

function writeSubtrees(sql: SqlExecutor, completed: readonly Completed[]): void {
  if (completed.length === 0) return;
  const size = 2 ** KEPT_LEVELS;
  void sql.query(
    `INSERT INTO ledger.subtrees (level, index, hash, earliest, latest)
     SELECT c.level, c.index, c.hash, times.earliest, times.latest
       FROM unnest($1::smallint[], $2::bigint[], $3::bytea[]) AS c(level, index, hash)
       LEFT JOIN LATERAL (SELECT min(e.recorded_at) AS earliest, max(e.recorded_at) AS latest FROM ledger.events e
                           WHERE c.level = ${KEPT_LEVELS} AND e.position >= c.index * ${size}
                             AND e.position < (c.index + 1) * ${size}) AS times ON true`,
    [completed.map(({ level }) => level), completed.map(({ index }) => index), completed.map(({ hash }) => hash)],
    'write_subtrees',
  );
}

/** What is had of each log, where that changed. */
export function writeProgress(sql: SqlExecutor, before: ProgressOfLogs, after: ProgressOfLogs): void {
  for (const [log, { complete, ahead }] of after) {
    const was = before.get(log) as Progress;
    if (complete.number !== was.complete.number) {
      void sql.query(
        `INSERT INTO intake.logs (log_id, complete_to, transaction_id, position) VALUES ($1, $2, $3, $4)
         ON CONFLICT (log_id) DO UPDATE SET complete_to = excluded.complete_to,
           transaction_id = excluded.transaction_id, position = excluded.position`,
        [log, complete.number, complete.transaction_id, complete.position],
        'write_complete',
      );
      if (was.ahead.size > 0) {
        const text = 'DELETE FROM intake.ahead WHERE log_id = $1 AND number <= $2';
        void sql.query(text, [log, complete.number], 'drop_ahead');
      }
    }
    writeAhead(
      sql,
      log,
      [...ahead.values()].filter(({ number }) => !was.ahead.has(number)),
    );
  }
}

function writeAhead(sql: SqlExecutor, log: string, places: readonly LogPlace[]): void {
  if (places.length === 0) return;
  void sql.query(
    `INSERT INTO intake.ahead (log_id, number, transaction_id, position)
     SELECT $1, * FROM unnest($2::bigint[], $3::text[], $4::text[]) ON CONFLICT DO NOTHING`,
    [
      log,
      places.map(({ number }) => number),
      places.map(({ transaction_id }) => transaction_id),
      places.map(({ position }) => position),
    ],
    'write_ahead',
  );
}

/** Beside the ledger: what a service says now about a place that is sealed with another event. */
export function writeDivergence(sql: SqlExecutor, { event, log, number }: Arrival): void {
  void sql.query(
    `INSERT INTO intake.divergences (stream, version, event_id, log_id, number, event) VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT DO NOTHING`,
    [event.stream, event.version, event.event_id, log, number, JSON.stringify(event)],
    'write_divergence',
  );
}
