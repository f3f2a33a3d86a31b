import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { createLogDatabase, type LogDatabase } from '../testing/log-database.js';
import { forgetRequestContexts, startForgetting } from './forget-request-contexts.js';

describe('the contexts of requests', () => {
  let database: LogDatabase;
  let owner: pg.Pool;
  let service: pg.Pool;
  beforeEach(async () => {
    database = await createLogDatabase();
    owner = new pg.Pool({ connectionString: database.ownerUrl, max: 1 });
    service = new pg.Pool({ connectionString: database.serviceUrl, max: 2 });
  });
  afterEach(async () => {
    await Promise.all([owner.end(), service.end()]);
    await database.drop();
  });

  const recorded = (name: string, count: number, age: string) =>
    owner.query(
      `INSERT INTO log.request_contexts (request_id, salt, context, recorded_at)
       SELECT $1 || '-' || n, 'salt', '{"user_name": "ada"}', now() - $3::interval FROM generate_series(1, $2) AS n`,
      [name, count, age],
    );
  const left = async () => {
    const { rows } = await owner.query<{ name: string; count: number }>(
      `SELECT split_part(request_id, '-', 1) AS name, count(*)::integer AS count FROM log.request_contexts GROUP BY 1`,
    );
    return Object.fromEntries(rows.map(({ name, count }) => [name, count]));
  };

  it('given a retention, then the service forgets what is older, however much it is, and nothing else', async () => {
    await recorded('old', 12_001, '31 days');
    await recorded('young', 3, '29 days');
    expect(await forgetRequestContexts(service, 30)).toBe(12_001);
    expect(await left()).toEqual({ young: 3 });
    expect(await forgetRequestContexts(service, 30)).toBe(0);
  });

  it('given two services that do it at once, then nothing fails and each row goes once', async () => {
    await recorded('old', 9_000, '31 days');
    const counts = await Promise.all([forgetRequestContexts(service, 30), forgetRequestContexts(service, 30)]);
    expect(await forgetRequestContexts(service, 30)).toBe(9_000 - counts[0] - counts[1]);
    expect(await left()).toEqual({});
  });

  it('given a service that starts, then it does it at once, tells so, and stops when it is told to', async () => {
    await recorded('old', 2, '2 days');
    let told = 0;
    const forgetting = startForgetting({ pool: service, days: 1, onForgotten: (count) => (told += count) });
    for (const end = Date.now() + 5_000; told === 0 && Date.now() < end;) await sleep(10);
    await forgetting.stop();
    expect(told).toBe(2);
  });

  it('given a database that is away, then it is told and tried again later', async () => {
    const errors: unknown[] = [];
    const away = { query: () => Promise.reject(new Error('away')) } as unknown as pg.Pool;
    const forgetting = startForgetting({ pool: away, days: 1, onError: (error) => errors.push(error) });
    await sleep(10);
    await forgetting.stop();
    expect(errors).toHaveLength(1);
  });
});
