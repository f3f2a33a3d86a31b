import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { login, type ApiClient } from '../support/api-client.ts';

export const serviceUrl = (): string => {
  const url = process.env['CLOUD_IMAGES_TEST_URL'];
  if (!url) throw new Error('acceptance tests need CLOUD_IMAGES_TEST_URL (their setup starts a service and sets it)');
  return url;
};

export interface Person {
  readonly name: string;
  readonly client: ApiClient;
  readonly projectId: string;
  readonly userId: string;
}

/** Logs people of users.yaml in. */
export async function people<const Name extends string>(projects: Record<Name, string>): Promise<Record<Name, Person>> {
  const entries = Object.entries(projects) as [Name, string][];
  const loggedIn = await Promise.all(
    entries.map(async ([name, project]) => [name, { name, ...(await login(serviceUrl(), name, project)) }] as const),
  );
  return Object.fromEntries(loggedIn) as unknown as Record<Name, Person>;
}

/** Counts the events of all logs, so that a test can say: nothing was appended. */
export class LogCounter {
  private readonly pools: pg.Pool[];

  constructor() {
    const data = process.env['CLOUD_IMAGES_TEST_DATA'];
    if (!data) throw new Error('counting events needs CLOUD_IMAGES_TEST_DATA');
    const { databases } = JSON.parse(readFileSync(join(data, 'run.json'), 'utf8')) as {
      databases: Record<string, string>;
    };
    this.pools = ['catalog', 'membership', 'tasks'].map(
      (name) => new pg.Pool({ connectionString: databases[name], max: 1 }),
    );
  }

  /** Of what requests did: what services do by themselves goes on meanwhile. */
  async count(): Promise<number> {
    const counted = `SELECT count(*)::int AS n FROM log.events WHERE metadata->'actor'->>'via' = 'gateway'`;
    const counts = await Promise.all(this.pools.map((pool) => pool.query(counted)));
    return counts.reduce((sum, { rows }) => sum + (rows[0] as { n: number }).n, 0);
  }

  async close(): Promise<void> {
    await Promise.all(this.pools.map((pool) => pool.end()));
  }
}
