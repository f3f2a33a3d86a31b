import type { SqlExecutor } from '@cloud-images/event-store';

// Who works on a task, until when: on the database's clock and beside the log, for a renewal is no fact worth keeping. It
// alone decides whether another worker may take a task over. `run` fences: a worker that lost its lease can end nothing.
export const taskLeasesTable = `
CREATE TABLE log.task_leases (
  task_id uuid PRIMARY KEY,
  run integer NOT NULL,
  lease_until timestamptz NOT NULL
);
`;

const inSeconds = (parameter: string) => `clock_timestamp() + make_interval(secs => ${parameter})`;

/** The number of this run; null while another worker's lease lives. */
export async function takeTask(sql: SqlExecutor, taskId: string, seconds: number): Promise<number | null> {
  const { rows } = await sql.query<{ run: number }>(
    `INSERT INTO log.task_leases AS lease (task_id, run, lease_until) VALUES ($1, 1, ${inSeconds('$2')})
     ON CONFLICT (task_id) DO UPDATE SET run = lease.run + 1, lease_until = ${inSeconds('$2')}
     WHERE lease.lease_until <= clock_timestamp()
     RETURNING run`,
    [taskId, seconds],
  );
  return rows[0]?.run ?? null;
}

/** `final`: the task was ended by somebody else, by whom it was cancelled. `lost`: the lease is another's, or ran out. */
export async function keepTask(
  sql: SqlExecutor,
  taskId: string,
  run: number,
  seconds: number,
): Promise<'kept' | 'final' | 'lost'> {
  const { rows } = await sql.query<{ status: string | null }>(
    `UPDATE log.task_leases SET lease_until = ${inSeconds('$3')}
     WHERE task_id = $1 AND run = $2 AND lease_until > clock_timestamp()
     RETURNING (SELECT status FROM read_model.tasks WHERE id = $1) AS status`,
    [taskId, run, seconds],
  );
  if (rows[0] === undefined) return 'lost';
  return rows[0].status === 'processing' || rows[0].status === 'pending' ? 'kept' : 'final';
}

/** Another worker may take it at once. The row stays until the task's time is over, for its number of runs. */
export async function letTaskGo(sql: SqlExecutor, taskId: string, run: number): Promise<void> {
  await sql.query('UPDATE log.task_leases SET lease_until = clock_timestamp() WHERE task_id = $1 AND run = $2', [
    taskId,
    run,
  ]);
}

export async function forgetLease(sql: SqlExecutor, taskId: string): Promise<void> {
  await sql.query('DELETE FROM log.task_leases WHERE task_id = $1', [taskId]);
}
