// The oracles that need the log alone, or the log and what is beside it: what must hold after any fault.
import { createHash } from 'node:crypto';
import pg from 'pg';
import type { ApiClient } from '../support/api-client.ts';
import type { Kind, Operation, OperationLog } from './operations.ts';

export interface Verdict {
  readonly oracle: string;
  readonly checked: number;
  readonly violations: string[];
}

export interface Row {
  stream: string;
  version: number;
  event_id: string;
  type: string;
  data: Record<string, unknown>;
  recorded_at: Date;
}

export async function readLog(url: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query(
      'SELECT stream, version, event_id, type, data, recorded_at FROM log.events ORDER BY stream, version',
    );
    return rows.map((row) => ({ ...row, version: Number(row.version) }));
  } finally {
    await client.end();
  }
}

/** Where the effect of an operation shows in the log: event type and the text that must be its marker. */
const effects: Record<Kind, { type: string; marker: (data: any) => string }> = {
  create: { type: 'ImageCreated', marker: (data) => data.name },
  rename: { type: 'ImageRenamed', marker: (data) => data.to },
  'set-property': { type: 'ImagePropertySet', marker: (data) => data.to },
  tag: { type: 'ImageTagged', marker: (data) => data.tag },
  upload: { type: 'ImageActivated', marker: (data) => data.os_hash_value },
  share: { type: 'MemberAdded', marker: (data) => data.member_id },
  unshare: { type: 'MemberRemoved', marker: (data) => data.member_id },
  deactivate: { type: 'ImageDeactivated', marker: (data) => data.image_id },
  delete: { type: 'ImageDeletionScheduled|ImageDeleted', marker: (data) => data.image_id },
  purge: { type: 'ImagePurged', marker: (data) => data.image_id },
};

/** O1: acknowledged = exactly once; refused = never; unknown = at most once. */
export function everyOutcomeHolds(log: OperationLog, events: readonly Row[]): Verdict {
  const counted = new Map<string, number>();
  for (const [kind, effect] of Object.entries(effects)) {
    const types = new Set(effect.type.split('|'));
    for (const event of events) {
      if (!types.has(event.type)) continue;
      const key = `${kind} ${effect.marker(event.data)}`;
      counted.set(key, (counted.get(key) ?? 0) + 1);
    }
  }
  const violations: string[] = [];
  for (const operation of log.all) {
    const times = counted.get(`${operation.kind} ${operation.marker}`) ?? 0;
    if (!allowed(operation, times)) {
      violations.push(
        `${operation.kind} ${operation.image} (${operation.marker}): ${operation.outcome} ${operation.status}, in the log ${times}×`,
      );
    }
  }
  return { oracle: 'O1 acknowledged once, refused never', checked: log.all.length, violations };
}

function allowed(operation: Operation, times: number): boolean {
  if (operation.outcome === 'ok') return times === 1;
  return operation.outcome === 'refused' ? times === 0 : times <= 1;
}

/** O2: the versions of each stream are 1..n. */
export function streamsAreDense(events: readonly Row[]): Verdict {
  const violations: string[] = [];
  let previous: Row | undefined;
  for (const event of events) {
    const expected = previous?.stream === event.stream ? previous.version + 1 : 1;
    if (event.version !== expected)
      violations.push(`${event.stream}: version ${event.version} where ${expected} was due`);
    previous = event;
  }
  return { oracle: 'O2 dense streams', checked: events.length, violations };
}

/** No image is left on its way: after the leases ran out nothing is saving. */
export function nothingIsStuck(events: readonly Row[]): Verdict {
  const status = new Map<string, string>();
  for (const event of events) {
    if (
      event.stream.startsWith('image-') &&
      typeof event.data['to'] === 'string' &&
      'from' in event.data &&
      /^Image(Created|Upload|Activated|Killed|Deactivated|Reactivated|Deletion|Restored|Deleted|Purged)/.test(
        event.type,
      )
    ) {
      status.set(event.stream, event.data['to']);
    }
  }
  const violations = [...status]
    .filter(([, now]) => now === 'saving' || now === 'uploading' || now === 'importing')
    .map(([stream, now]) => `${stream} is still ${now}`);
  return { oracle: 'no image stuck', checked: status.size, violations };
}

/** O4: every active image downloads, and its bytes match the digest in the log; of all images, or of those named. */
export async function activeImagesAreWhole(
  events: readonly Row[],
  client: ApiClient,
  only?: ReadonlySet<string>,
): Promise<Verdict> {
  const active = new Map<string, { size: number; sha512: string }>();
  for (const event of events) {
    if (event.type === 'ImageActivated')
      active.set(String(event.data['image_id']), {
        size: Number(event.data['size']),
        sha512: String(event.data['os_hash_value']),
      });
    if (/^Image(DeletionScheduled|Deleted|Purged|Deactivated)$/.test(event.type))
      active.delete(String(event.data['image_id']));
  }
  const violations: string[] = [];
  for (const [id, expected] of active) {
    if (only && !only.has(id)) continue;
    const answer = await client.call('GET', `/v2/images/${id}/file`);
    const digest = createHash('sha512').update(answer.body).digest('hex');
    if (answer.status !== 200 || answer.body.length !== expected.size || digest !== expected.sha512) {
      violations.push(`${id}: ${answer.status}, ${answer.body.length} of ${expected.size} bytes`);
    }
  }
  return { oracle: 'O4 active images are whole', checked: active.size, violations };
}

/**
 * O5: what is in the store are the blobs that the log knows of living (or restorable) images, one to one; nothing is left
 * there of a write that has not ended.
 */
export function storeMatchesLog(
  events: readonly Row[],
  found: ReadonlySet<string>,
  unfinished: readonly string[] = [],
): Verdict {
  const expected = new Set<string>();
  for (const event of events) {
    const key = event.data['key'];
    if (typeof key !== 'string') continue;
    if (event.type === 'ImageActivated') expected.add(key);
    if (event.type === 'ImageDataRemoved') expected.delete(key);
  }
  const violations = [
    ...[...expected].filter((key) => !found.has(key)).map((key) => `missing: ${key}`),
    ...[...found].filter((key) => !expected.has(key)).map((key) => `orphan: ${key}`),
    ...unfinished.map((write) => `left of an unfinished write: ${write}`),
  ];
  return { oracle: 'O5 store and log one to one', checked: expected.size, violations };
}
