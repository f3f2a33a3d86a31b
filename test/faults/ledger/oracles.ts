import pg from 'pg';
import { canonicalJson, hashLeaf, type LedgerEntry } from '@cloud-images/ledger';
import type { Verdict } from '../oracles.ts';

/** An event as its service's log has it. */
export interface Logged {
  readonly event_id: string;
  readonly stream: string;
  readonly version: number;
  readonly type: string;
  readonly data: object;
  readonly request_id: string;
  readonly recorded_at: string;
  readonly log: string;
  /** The how-manieth of its log. */
  readonly number: number;
}

export interface Sealed {
  readonly entry: LedgerEntry;
  readonly leafHash: string;
}

async function query<Row extends object>(url: string, text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}

/** In the order in which a relay numbers them. */
export function readLogged(url: string): Promise<Logged[]> {
  return query<Logged>(
    url,
    `SELECT event_id::text AS event_id, stream, version::integer AS version, type, data, metadata->>'request_id' AS request_id,
            to_char(recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS recorded_at,
            (SELECT log_id::text FROM log.identity) AS log,
            (row_number() OVER (ORDER BY transaction_id, position))::integer AS number
       FROM log.events ORDER BY transaction_id, position`,
  );
}

export async function readLedger(url: string): Promise<Sealed[]> {
  const rows = await query<{ entry: string; leaf: string }>(
    url,
    `SELECT entry, encode(leaf_hash, 'hex') AS leaf FROM ledger.events ORDER BY position`,
  );
  return rows.map(({ entry, leaf }) => ({ entry: JSON.parse(entry) as LedgerEntry, leafHash: leaf }));
}

const said = ({ event_id, stream, version, type, data, request_id, recorded_at, log, number }: Logged): string =>
  canonicalJson({ id: event_id, stream, version, type, data, request_id, time: recorded_at, log, number });
const sealedSaid = ({ entry }: Sealed): string => {
  const { id, stream, version, type, data, request_id, time, log, number } = entry;
  return canonicalJson({ id, stream, version, type, data, request_id, time, log, number });
};

/** Event for event what the services recorded, each once. */
export function ledgerIsTheLogs(ledger: readonly Sealed[], logs: readonly Logged[]): Verdict {
  const violations: string[] = [];
  const sealed = new Map(ledger.map((one) => [one.entry.id, one]));
  if (sealed.size !== ledger.length) violations.push(`${ledger.length - sealed.size} events are there twice`);
  for (const event of logs) {
    const there = sealed.get(event.event_id);
    if (there === undefined) violations.push(`${event.stream}/${event.version} is missing`);
    else if (said(event) !== sealedSaid(there)) violations.push(`${event.stream}/${event.version} is another`);
  }
  if (ledger.length > logs.length) violations.push(`${ledger.length - logs.length} events are in no log`);
  return { oracle: 'L1 the ledger is the logs', checked: logs.length, violations };
}

/** Numbered without a gap, hashed as they are, the events of a stream in their order. */
export function ledgerIsInOrder(ledger: readonly Sealed[]): Verdict {
  const versions = new Map<string, number>();
  const violations = ledger.flatMap(({ entry, leafHash }, at) => {
    const { stream, version, position } = entry;
    const due = (versions.get(stream) ?? 0) + 1;
    versions.set(stream, version);
    return [
      ...(position === at ? [] : [`position ${position} at ${at}`]),
      ...(version === due ? [] : [`${stream}: ${version} where ${due} was due`]),
      ...(hashLeaf(canonicalJson(entry)).toString('hex') === leafHash ? [] : [`position ${position}: another hash`]),
    ];
  });
  return { oracle: 'L2 numbered, hashed, streams in order', checked: ledger.length, violations };
}

/** Nothing missed, nothing twice, in the order of the ledger. */
export function readersSawAll(readers: readonly (readonly number[])[], size: number): Verdict {
  const violations = readers.flatMap((seen, reader) => {
    const wrong = seen.findIndex((position, at) => position !== at);
    if (wrong >= 0) return [`reader ${reader}: ${seen[wrong]} where ${wrong} was due`];
    return seen.length === size ? [] : [`reader ${reader}: ${seen.length} of ${size}`];
  });
  return { oracle: 'L3 followers saw all, once', checked: readers.length * size, violations };
}
