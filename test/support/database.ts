import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

export interface TestDatabase {
  /** Superuser's URL of a database of this test's own. */
  readonly url: string;
  drop(): Promise<void>;
}

const serverUrl = (): URL => {
  const url = process.env['CLOUD_IMAGES_TEST_POSTGRES'];
  if (!url) throw new Error('integration tests need CLOUD_IMAGES_TEST_POSTGRES (jest sets it)');
  return new URL(url);
};

async function asAdmin<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: serverUrl().href });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

const urlOf = (database: string): string => {
  const url = serverUrl();
  url.pathname = `/${database}`;
  return url.href;
};

/**
 * A fresh database cloned from a template that `prepare` fills once per server and `recipe` (any text that changes
 * when the schema does).
 */
export async function createTestDatabase(
  recipe: string,
  prepare: (url: string) => Promise<void>,
): Promise<TestDatabase> {
  const template = `template_${createHash('sha256').update(recipe).digest('hex').slice(0, 16)}`;
  const name = `test_${randomBytes(8).toString('hex')}`;
  await asAdmin(async (client) => {
    // Two test files may want the same template at once; cloning also needs it free of sessions.
    await client.query('SELECT pg_advisory_lock(hashtext($1))', [template]);
    const made = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [template]);
    if (made.rowCount === 0) {
      const draft = `${template}_draft`;
      await client.query(`DROP DATABASE IF EXISTS ${draft} WITH (FORCE)`);
      await client.query(`CREATE DATABASE ${draft}`);
      await prepare(urlOf(draft));
      await client.query(`ALTER DATABASE ${draft} RENAME TO ${template}`);
    }
    await client.query(`CREATE DATABASE ${name} TEMPLATE ${template}`);
  });
  return {
    url: urlOf(name),
    drop: () =>
      asAdmin(async (client) => {
        await sessionsGone(client, name);
        await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      }),
  };
}

/**
 * A pool that was ended has said goodbye and not seen the server hang up; cut off in between, its clients report an
 * error that nobody listens to. What stays longer than this was leaked, and is cut off.
 */
async function sessionsGone(client: pg.Client, database: string): Promise<void> {
  for (const end = Date.now() + 2_000; Date.now() < end; await sleep(10)) {
    const { rowCount } = await client.query('SELECT 1 FROM pg_stat_activity WHERE datname = $1 LIMIT 1', [database]);
    if (rowCount === 0) return;
  }
}
