import { Refusal } from '@cloud-images/contracts';
import type { SqlExecutor } from '../port.js';

// What a request with an Idempotency-Key was answered, kept beside the log and written in the transaction of its events:
// either both are there or neither. The key is its user's, in its project.
export function rememberedAnswersMigration(serviceRole: string): string {
  const role = `"${serviceRole.replaceAll('"', '""')}"`;
  return `
CREATE TABLE log.remembered_answers (
  scope text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  fingerprint text NOT NULL,
  status smallint NOT NULL,
  headers jsonb NOT NULL,
  body text NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (scope, key)
);
CREATE INDEX remembered_answers_by_time ON log.remembered_answers (recorded_at);
GRANT SELECT, INSERT, UPDATE, DELETE ON log.remembered_answers TO ${role};
`;
}

export interface RepeatableRequest {
  /** Whose key it is. */
  readonly scope: string;
  readonly key: string;
  /** Of all that the request asks for: the same key with another one is a mistake of the client. */
  readonly fingerprint: string;
}

export interface RememberedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Writes the answer with the events; called from a command's `alongside`. */
export type Remember = (sql: SqlExecutor, answer: RememberedAnswer) => Promise<void>;

/** A request with this key committed first. */
class KeyTaken extends Error {
  override readonly name = 'KeyTaken';
}

const HOURS = 24;
const fresh = `recorded_at > clock_timestamp() - interval '${HOURS} hours'`;

/**
 * Runs a request once for its key: a repetition within 24 hours gets the first answer, `repeated`. A refused request
 * leaves no answer and may be tried again. Without a key (null) it is simply run.
 */
export async function onceOnly(
  sql: SqlExecutor,
  request: RepeatableRequest | null,
  run: (remember: Remember | null) => Promise<RememberedAnswer>,
): Promise<RememberedAnswer & { readonly repeated: boolean }> {
  if (request === null) return { ...(await run(null)), repeated: false };
  const before = await find(sql, request);
  if (before !== null) return { ...before, repeated: true };
  try {
    return { ...(await run((tx, answer) => remember(tx, request, answer))), repeated: false };
  } catch (error) {
    const meanwhile = error instanceof KeyTaken || error instanceof Refusal ? await find(sql, request) : null;
    if (meanwhile === null) throw error;
    return { ...meanwhile, repeated: true };
  }
}

async function find(
  sql: SqlExecutor,
  { scope, key, fingerprint }: RepeatableRequest,
): Promise<RememberedAnswer | null> {
  const { rows } = await sql.query<RememberedAnswer & { fingerprint: string }>(
    `SELECT fingerprint, status, headers, body FROM remembered_answers WHERE scope = $1 AND key = $2 AND ${fresh}`,
    [scope, key],
    'answers:find',
  );
  const [row] = rows;
  if (row === undefined) return null;
  if (row.fingerprint !== fingerprint) {
    throw new Refusal('idempotency-key-reused', 'This Idempotency-Key was used for another request.');
  }
  const { status, headers, body } = row;
  return { status, headers, body };
}

async function remember(
  sql: SqlExecutor,
  { scope, key, fingerprint }: RepeatableRequest,
  { status, headers, body }: RememberedAnswer,
): Promise<void> {
  const { rowCount } = await sql.query(
    `INSERT INTO remembered_answers AS a (scope, key, fingerprint, status, headers, body) VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (scope, key) DO UPDATE SET fingerprint = excluded.fingerprint, status = excluded.status,
       headers = excluded.headers, body = excluded.body, recorded_at = excluded.recorded_at
     WHERE NOT (a.${fresh})`,
    [scope, key, fingerprint, status, JSON.stringify(headers), body],
    'answers:remember',
  );
  if (rowCount === 0) throw new KeyTaken('a request with this key came first');
}

/** Removes answers whose time is over; returns how many. */
export async function forgetAnswers(sql: SqlExecutor): Promise<number> {
  const { rowCount } = await sql.query(`DELETE FROM remembered_answers WHERE NOT (${fresh})`);
  return rowCount;
}
