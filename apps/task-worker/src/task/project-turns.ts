import type { SqlExecutor } from '@cloud-images/event-store';

// Projects take turns: each task gets the turn after the last one of its project, or after the newest that has begun, and
// the lowest turn is worked on first. So a project that asks for a thousand at once delays itself and nobody else, and one
// that comes late waits for those in hand only. (Start-time fair queueing.)
export const projectTurnsTable = `
CREATE TABLE log.project_turns (
  project text COLLATE "C" PRIMARY KEY,
  turn integer NOT NULL
);
`;

/** The row of the newest turn that a worker has begun; no project has an empty id. */
const begun = '';

export async function nextTurn(sql: SqlExecutor, project: string): Promise<number> {
  const { rows } = await sql.query<{ turn: number }>(
    `INSERT INTO log.project_turns AS mine (project, turn)
     VALUES ($1, 1 + coalesce((SELECT turn FROM log.project_turns WHERE project = $2), 0))
     ON CONFLICT (project) DO UPDATE SET turn = 1 + greatest(mine.turn, excluded.turn - 1)
     RETURNING turn`,
    [project, begun],
  );
  return rows[0]!.turn;
}

export async function turnBegun(sql: SqlExecutor, turn: number): Promise<void> {
  await sql.query(
    `INSERT INTO log.project_turns AS newest (project, turn) VALUES ($1, $2)
     ON CONFLICT (project) DO UPDATE SET turn = excluded.turn WHERE newest.turn < excluded.turn`,
    [begun, turn],
  );
}
