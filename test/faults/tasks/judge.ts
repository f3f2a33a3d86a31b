import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Stack } from '../../../tools/stack.mjs';
import type { ApiClient } from '../../support/api-client.ts';
import type { Work } from './work.ts';

export interface Judged {
  readonly stack: Stack;
  readonly client: ApiClient;
  readonly work: Work;
  /** Keys of what the store has. */
  readonly inStore: () => Promise<ReadonlySet<string>>;
  readonly inScratch: () => Promise<readonly string[]>;
}

const ends = ['TaskSucceeded', 'TaskFailed', 'TaskCancelled'];

/** What is not as it should be, in words; empty when all is well. */
export async function judge(judged: Judged): Promise<string[]> {
  return [...(await outcomes(judged)), ...(await nothingIsLeft(judged))];
}

/** Each task ended once, with what it was asked for, once, or with nothing. */
async function outcomes({ stack, client, work }: Judged): Promise<string[]> {
  const wrong: string[] = [];
  const log = new pg.Pool({ connectionString: stack.databases.tasks, max: 1 });
  const { rows } = await log.query<{ stream: string; type: string }>('SELECT stream, type FROM log.events');
  await log.end();
  for (const { id, kind, subject, data } of work.tasks) {
    const ended = rows.filter(({ stream, type }) => stream === `task-${id}` && ends.includes(type));
    if (ended.length !== 1) wrong.push(`${kind} ${id} ended ${ended.length} times`);
    const { status, message } = (await client.call('GET', `/v2/tasks/${id}`)).json as Record<string, string>;
    if (status !== (kind === 'refused import' ? 'failure' : 'success'))
      wrong.push(`${kind} ${id} is ${status}: ${message}`);
    if (kind === 'export') {
      const { status: there } = await client.call('GET', work.path(`${subject}.vhd`));
      if (there !== 200) wrong.push(`the object of export ${id}: ${there}`);
    } else if (data !== undefined) {
      const { status: there, body } = await client.call('GET', `/v2/images/${subject}/file`);
      if (there !== 200 || !body.equals(data)) wrong.push(`the data of ${kind} ${id}: ${there}`);
    } else {
      const { json } = await client.call('GET', `/v2/images?name=${subject}`);
      const statuses = (json.images as { status: string }[]).map((image) => image.status).join(' ');
      if (statuses !== (kind === 'import' ? 'active' : ''))
        wrong.push(`images of ${kind} ${id}: ${statuses || 'none'}`);
    }
  }
  return wrong;
}

/** The store has what images and objects use, once what was cut off is removed; conversions leave no files. */
async function nothingIsLeft({ stack, inStore, inScratch }: Judged): Promise<string[]> {
  const catalog = new pg.Pool({ connectionString: stack.databases.catalog, max: 1 });
  const tasks = new pg.Pool({ connectionString: stack.databases.tasks, max: 1 });
  try {
    for (const end = Date.now() + 60_000; ; await sleep(500)) {
      const used = new Set([
        ...(await keys(
          catalog,
          'SELECT key FROM log.upload_leases WHERE unused_since IS NULL AND lease_until IS NULL',
        )),
        ...(await keys(tasks, 'SELECT d.key FROM cloud_files.objects o JOIN cloud_files.data d USING (attempt)')),
      ]);
      const found = await inStore();
      const scratch = (await inScratch()).filter((name) => name.includes('.'));
      const wrong = [
        ...[...found].filter((key) => !used.has(key)).map((key) => `left in the store: ${key}`),
        ...[...used].filter((key) => !found.has(key)).map((key) => `not in the store: ${key}`),
        ...scratch.map((name) => `left in the scratch directory: ${name}`),
      ];
      if (wrong.length === 0 || Date.now() > end) return wrong;
    }
  } finally {
    await Promise.all([catalog.end(), tasks.end()]);
  }
}

async function keys(pool: pg.Pool, query: string): Promise<string[]> {
  return (await pool.query<{ key: string }>(query)).rows.map(({ key }) => key);
}
