import type { SqlExecutor } from '@cloud-images/event-store';
import type { Checkpoint, SealingKey } from '@cloud-images/ledger';

const parsed = ({ checkpoint }: { checkpoint: string }): Checkpoint => JSON.parse(checkpoint) as Checkpoint;

export async function latestCheckpoint(sql: SqlExecutor): Promise<Checkpoint | null> {
  const { rows } = await sql.query<{ checkpoint: string }>(
    'SELECT checkpoint FROM ledger.checkpoints ORDER BY size DESC LIMIT 1',
    [],
    'latest_checkpoint',
  );
  return rows[0] ? parsed(rows[0]) : null;
}

/** The first checkpoint that covers so many events; null when none does yet. */
export async function checkpointCovering(sql: SqlExecutor, size: number): Promise<Checkpoint | null> {
  const [first] = await checkpointsFrom(sql, size, 1);
  return first ?? null;
}

/** Checkpoints of at least this size, smallest first. */
export async function checkpointsFrom(sql: SqlExecutor, size: number, limit: number): Promise<Checkpoint[]> {
  const { rows } = await sql.query<{ checkpoint: string }>(
    'SELECT checkpoint FROM ledger.checkpoints WHERE size >= $1 ORDER BY size LIMIT $2',
    [size, limit],
    'checkpoints_from',
  );
  return rows.map(parsed);
}

/** How many events the latest checkpoint covers: what is beyond is sealed and can't be proved yet. */
export async function provableSize(sql: SqlExecutor): Promise<number> {
  const { rows } = await sql.query<{ size: string }>(
    'SELECT coalesce(max(size), 0)::text AS size FROM ledger.checkpoints',
    [],
    'provable_size',
  );
  return Number(rows[0]?.size ?? 0);
}

/** Every key that ever signed, the oldest first. */
export async function sealingKeys(sql: SqlExecutor): Promise<SealingKey[]> {
  const { rows } = await sql.query<{ key: string }>('SELECT key FROM ledger.keys ORDER BY nth', [], 'sealing_keys');
  return rows.map(({ key }) => JSON.parse(key) as SealingKey);
}
