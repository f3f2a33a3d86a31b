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
  beforeEach(() => client.query('TRUNCATE kept').then(() => undefined));
  const kept = async () => (await client.query('SELECT count(*)::integer AS n FROM kept')).rows[0].n as number;

  it('given a statement that failed and whose failure nobody looked at, then the commit throws it', async () => {
    const sql = new Pipeline(client);
    void sql.query('INSERT INTO kept VALUES (1)');
    sql.query('SELECT 1 / 0').catch(() => undefined);
    void sql.query('INSERT INTO kept VALUES (2)');
    await expect(sql.commit()).rejects.toThrow(/division by zero/);
    expect(await kept()).toBe(0);
  });

  it('given a COMMIT that the server answers with ROLLBACK, then that is an error', async () => {
    const sql = new Pipeline(client);
    await sql.query('INSERT INTO kept VALUES (1)');
    // Fails the transaction behind the pipeline's back.
    await client.query('SELECT 1 / 0').catch(() => undefined);
    await expect(sql.commit()).rejects.toThrow(/ended with ROLLBACK/);
    expect(await kept()).toBe(0);
  });

  it('given statements that all succeed, then they are committed', async () => {
    const sql = new Pipeline(client);
    void sql.query('INSERT INTO kept VALUES (1)');
    await sql.commit();
    expect(await kept()).toBe(1);
  });

  describe('on a connection that has prepared its statements', () => {
    const text = `SELECT $1::integer AS n, 'a' || $2 AS word, $3::text[] AS list, $4::jsonb AS json, NULL::text AS nothing`;
    const insert = (sql: Pipeline, n: number) => sql.query('INSERT INTO kept VALUES ($1)', [n], 'insert');
    const divide = (sql: Pipeline, by: number) => sql.query('SELECT 1 / $1::integer AS part', [by], 'divide');
    const row = { n: 7, word: 'a\u00e9', list: ['x,"y"', null], json: { of: [1] }, nothing: null };
    const select = (sql: Pipeline) => sql.query(text, [row.n, '\u00e9', row.list, JSON.stringify(row.json)], 'select');

    beforeEach(async () => {
      const sql = new Pipeline(client);
      void insert(sql, 1);
      void divide(sql, 1);
      void select(sql);
      await sql.commit();
      await client.query('TRUNCATE kept');
    });

    it('given rows and none, then each statement has its own, described once or not', async () => {
      for (let time = 0; time < 3; time += 1) {
        const sql = new Pipeline(client);
        const [first, done, second] = [select(sql), insert(sql, time), divide(sql, 2)];
        expect(await first).toMatchObject({ rows: [row], rowCount: 1 });
        expect(await done).toMatchObject({ rows: [], rowCount: 1 });
        expect(await second).toMatchObject({ rows: [{ part: 0 }] });
        await sql.commit();
      }
      expect(await kept()).toBe(3);
    });

    it('given a statement that fails, then what came before it answers, the rest fails with it, and nothing is kept', async () => {
      const sql = new Pipeline(client);
      const [before, failing, after] = [insert(sql, 1), divide(sql, 0), insert(sql, 2)];
      const committed = sql.commit();
      await expect(committed).rejects.toThrow(/division by zero/);
      expect(await before).toMatchObject({ rowCount: 1 });
      await expect(failing).rejects.toThrow(/division by zero/);
      await expect(after).rejects.toThrow(/division by zero/);
      expect(await kept()).toBe(0);
      const next = new Pipeline(client);
      void insert(next, 3);
      await next.commit();
      expect(await kept()).toBe(1);
    });

    it('given a value that can not be sent, then that is the failure, and the connection goes on', async () => {
      const sql = new Pipeline(client);
      const circle: Record<string, unknown> = {};
      circle['of'] = circle;
      void sql.query('INSERT INTO kept VALUES ($1)', [circle], 'insert');
      await expect(sql.commit()).rejects.toThrow(/circular/i);
      expect(await kept()).toBe(0);
    });

    it('given a rollback before anything was sent, then nothing is done, inside or outside of the transaction', async () => {
      const sql = new Pipeline(client);
      const asked = insert(sql, 1);
      await sql.rollback();
      await expect(asked).rejects.toThrow(/given up/);
      await new Promise((resolve) => setImmediate(resolve));
      expect(await kept()).toBe(0);
    });

    it('given statements in several turns, then they are one transaction', async () => {
      const sql = new Pipeline(client);
      await insert(sql, 1);
      expect((await divide(sql, 1)).rows).toEqual([{ part: 1 }]);
      await sql.rollback();
      expect(await kept()).toBe(0);
    });
  });
});
