import pg from 'pg';
import { createLogDatabase, type LogDatabase } from '../testing/log-database.js';
import { Pipeline } from './pipeline.js';

describe('a pipelined transaction', () => {
  let database: LogDatabase;
  let client: pg.Client;

  beforeAll(async () => {
    database = await createLogDatabase();
    client = new pg.Client({ connectionString: database.ownerUrl, pipeline: true } as pg.ClientConfig);
    await client.connect();
    await client.query('CREATE TABLE kept (n integer)');
  });
  afterAll(async () => {
    await client.end();
    await database.drop();
  });
  const kept = async () => (await client.query('SELECT count(*)::integer AS n FROM kept')).rows[0].n as number;

  it('given a statement that failed and whose failure nobody looked at, then the commit throws it', async () => {
    const sql = new Pipeline(client as unknown as pg.PoolClient);
    void sql.query('INSERT INTO kept VALUES (1)');
    sql.query('SELECT 1 / 0').catch(() => undefined);
    void sql.query('INSERT INTO kept VALUES (2)');
    await expect(sql.commit()).rejects.toThrow(/division by zero/);
    expect(await kept()).toBe(0);
  });

  it('given a COMMIT that the server answers with ROLLBACK, then that is an error', async () => {
    const sql = new Pipeline(client as unknown as pg.PoolClient);
    void sql.query('INSERT INTO kept VALUES (1)');
    // Fails the transaction behind the pipeline's back.
    await client.query('SELECT 1 / 0').catch(() => undefined);
    await expect(sql.commit()).rejects.toThrow(/ended with ROLLBACK/);
    expect(await kept()).toBe(0);
  });

  it('given statements that all succeed, then they are committed', async () => {
    const sql = new Pipeline(client as unknown as pg.PoolClient);
    void sql.query('INSERT INTO kept VALUES (1)');
    await sql.commit();
    expect(await kept()).toBe(1);
  });
});
