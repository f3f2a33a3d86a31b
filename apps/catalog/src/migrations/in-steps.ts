import type { QueryRunner } from 'typeorm';

/**
 * Images that one transaction changes: some tenths of a second. A statement takes those after `$1`, in the order of their
 * ids, and returns the last one's id, or no row when there was none.
 */
export const AT_ONCE = 1000;

export async function inSteps(runner: QueryRunner, statement: string): Promise<void> {
  for (let id = '00000000-0000-0000-0000-000000000000'; ;) {
    const [last] = (await runner.query(statement, [id])) as { id: string }[];
    if (last === undefined) return;
    id = last.id;
  }
}
