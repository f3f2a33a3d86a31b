import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { freePorts } from '../../../../tools/free-ports.mjs';
import { ensureCluster, startPostgres, type PostgresServer } from '../../../../tools/postgres.mjs';
import { createLogDatabase, type LogDatabase } from '../testing/log-database.js';
import { assertDurable } from './durability.js';
import { createPool } from './pool.js';

/** Fails so many times, then answers. */
function failing(times: number, code: string): Pick<pg.Pool, 'query'> & { asked: number } {
  const pool = {
    asked: 0,
    query: async () => {
      pool.asked += 1;
      if (pool.asked <= times) throw Object.assign(new Error(code), { code });
      return { rows: [] };
    },
  };
  return pool as unknown as Pick<pg.Pool, 'query'> & { asked: number };
}

describe('the durability of the database', () => {
  let database: LogDatabase;
  beforeAll(async () => {
    database = await createLogDatabase();
  });
  afterAll(() => database.drop());

  const open = (url: string) => createPool({ connectionString: url, applicationName: 'test' });

  it('is taken as given with the settings of a server as it comes', async () => {
    const pool = open(database.serviceUrl);
    await expect(assertDurable(pool)).resolves.toBeUndefined();
    await pool.end();
  });

  it('is asked for again while the server is not there, and in the end not', async () => {
    const pool = failing(2, 'ECONNREFUSED');
    await expect(assertDurable(pool)).resolves.toBeUndefined();
    expect(pool.asked).toBe(3);
    await expect(assertDurable(failing(1000, 'ECONNREFUSED'), 600)).rejects.toThrow('ECONNREFUSED');
  });

  it('is asked for once where the server refuses us', async () => {
    const pool = failing(1, '28P01');
    await expect(assertDurable(pool)).rejects.toThrow('28P01');
    expect(pool.asked).toBe(1);
  });

  it('is refused when commits are acknowledged before they are on disk, also when only for our role', async () => {
    const role = 'forgetful_test';
    const url = new URL(database.ownerUrl);
    const owner = new pg.Client({ connectionString: url.href });
    await owner.connect();
    await owner.query(`DROP ROLE IF EXISTS ${role}`);
    await owner.query(`CREATE ROLE ${role} LOGIN PASSWORD 'test'`);
    await owner.query(`ALTER ROLE ${role} SET synchronous_commit = off`);
    url.username = role;
    url.password = 'test';
    const pool = open(url.href);
    await expect(assertDurable(pool)).rejects.toThrow(/synchronous_commit is off/);
    await pool.end();
    await owner.query(`DROP ROLE ${role}`);
    await owner.end();
  });

  it('is refused, naming every setting, on a server that does not write through', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'not-durable-'));
    const [port] = (await freePorts(1)) as [number];
    let server: PostgresServer | undefined;
    try {
      await ensureCluster(join(dir, 'postgres'), 'test');
      const settings = { fsync: 'off', full_page_writes: 'off' };
      server = await startPostgres({ dir: join(dir, 'postgres'), port, logFile: join(dir, 'log'), settings });
      const pool = open(`postgres://postgres:test@127.0.0.1:${port}/postgres`);
      const refusal = assertDurable(pool);
      await expect(refusal).rejects.toThrow(/fsync is off, it must be on; full_page_writes is off, it must be on/);
      await pool.end();
    } finally {
      await server?.stop();
      await rm(dir, { recursive: true, force: true });
    }
  }, 60_000);

  it('costs a session that waits for a lock or keeps its transaction open its patience', async () => {
    const pool = createPool({
      connectionString: database.serviceUrl,
      applicationName: 'test',
      lockTimeoutMs: 100,
      idleInTransactionTimeoutMs: 200,
    });
    const [holder, waiter] = [await pool.connect(), await pool.connect()];
    await holder.query('SELECT pg_advisory_lock(42)');
    await expect(waiter.query('SELECT pg_advisory_lock(42)')).rejects.toMatchObject({ code: '55P03' });
    await holder.query('BEGIN');
    await new Promise((resolve) => setTimeout(resolve, 600));
    await expect(holder.query('SELECT 1')).rejects.toThrow();
    holder.release(true);
    waiter.release();
    await pool.end();
  });
});
