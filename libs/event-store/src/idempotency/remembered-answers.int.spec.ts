import pg from 'pg';
import { Refusal } from '@cloud-images/contracts';
import { poolExecutor } from '../postgres/pool-executor.js';
import type { SqlExecutor } from '../port.js';
import { createLogDatabase, SERVICE_ROLE, type LogDatabase } from '../testing/log-database.js';
import { forgetAnswers, onceOnly, rememberedAnswersMigration, type RepeatableRequest } from './remembered-answers.js';

describe('answers that are remembered, on PostgreSQL', () => {
  let database: LogDatabase;
  let owner: pg.Pool;
  let pool: pg.Pool;
  let sql: SqlExecutor;

  beforeAll(async () => {
    database = await createLogDatabase();
    owner = new pg.Pool({ connectionString: database.ownerUrl, max: 1 });
    await owner.query(rememberedAnswersMigration(SERVICE_ROLE));
    pool = new pg.Pool({ connectionString: database.serviceUrl, max: 4, options: '-c search_path=log' });
    sql = poolExecutor(pool);
  });
  afterAll(async () => {
    await Promise.all([owner.end(), pool.end()]);
    await database.drop();
  });

  const request = (key: string, fingerprint = 'f', scope = 's'): RepeatableRequest => ({ scope, key, fingerprint });
  let runs = 0;
  const run = (asked: RepeatableRequest | null) =>
    onceOnly(sql, asked, async (remember) => {
      runs += 1;
      const answer = { status: 201, headers: { location: '/x' }, body: String(runs) };
      await remember?.(sql, answer);
      return answer;
    });

  it('runs a request once for its key, and every time without one', async () => {
    runs = 0;
    expect(await run(request('a'))).toEqual({ status: 201, headers: { location: '/x' }, body: '1', repeated: false });
    expect(await run(request('a'))).toEqual({ status: 201, headers: { location: '/x' }, body: '1', repeated: true });
    await run(null);
    await run(request('a', 'f', 'another'));
    expect(runs).toBe(3);
  });

  it('refuses the key for another request', async () => {
    await run(request('b'));
    await expect(run(request('b', 'other'))).rejects.toMatchObject({ code: 'idempotency-key-reused' });
  });

  it('lets a refused request be tried again', async () => {
    const refused = onceOnly(sql, request('c'), () => Promise.reject(new Refusal('forbidden', 'no')));
    await expect(refused).rejects.toMatchObject({ code: 'forbidden' });
    expect(await run(request('c'))).toMatchObject({ repeated: false });
  });

  it('gives the first answer to one that came second', async () => {
    const second = onceOnly(sql, request('d'), async (remember) => {
      await run(request('d'));
      const answer = { status: 201, headers: {}, body: 'second' };
      await remember?.(sql, answer);
      return answer;
    });
    expect(await second).toMatchObject({ repeated: true, headers: { location: '/x' } });
  });

  it('forgets after 24 hours', async () => {
    await run(request('e'));
    await owner.query(`UPDATE log.remembered_answers SET recorded_at = now() - interval '25 hours' WHERE key = 'e'`);
    expect(await run(request('e', 'other'))).toMatchObject({ repeated: false });
    await owner.query(`UPDATE log.remembered_answers SET recorded_at = now() - interval '25 hours' WHERE key = 'e'`);
    expect(await forgetAnswers(sql)).toBe(1);
    expect(await run(request('e', 'third'))).toMatchObject({ repeated: false });
  });
});
