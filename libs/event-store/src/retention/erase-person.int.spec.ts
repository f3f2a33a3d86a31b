import { randomUUID } from 'node:crypto';
import { createPostgresEventStore, type PostgresEventStore } from '../postgres/store.js';
import { createLogDatabase, type LogDatabase } from '../testing/log-database.js';
import { readOn } from '../testing/support.js';
import { erasePerson, personEraser } from './erase-person.js';
import { requestContextReader } from './read-request-contexts.js';

describe('the erasure of a person', () => {
  let database: LogDatabase;
  let store: PostgresEventStore;
  beforeEach(async () => {
    database = await createLogDatabase();
    store = createPostgresEventStore({ connectionString: database.serviceUrl, applicationName: 'test', max: 2 });
  });
  afterEach(async () => {
    await store.close();
    await database.drop();
  });

  /** `count` events of a user, each of a request of its own. */
  const did = async (user: string, prefix: string, count: number, data = {}, type = 'Happened') => {
    for (let nth = 0; nth < count; nth += 1) {
      const request_id = `${prefix}-${nth}`;
      const context = { request_id, correlation_id: request_id, user_name: 'Ann', source_address: '203.0.113.9' };
      const actor = { user, project: 'p', roles: ['member'], via: 'gateway' };
      const event = { type, data, event_id: randomUUID() };
      const metadata = { actor, request_id, correlation_id: request_id };
      await store.transact(`image-${randomUUID()}`, async (tx) => {
        const { now } = await tx.load(0);
        tx.append(0, [{ ...event, metadata } as never], now, context);
      });
    }
  };
  const known = async (ids: string[]) =>
    (await requestContextReader(store.pool)({ ids })).contexts.map(({ request_id: id }) => id).sort();

  it('removes what is known of one user’s requests, and of attempts to be them, and nothing else; the log stays', async () => {
    await did('ann', 'hers', 3);
    await did('bob', 'his', 2);
    await did('gateway', 'tried', 1, { user_id: 'ann' }, 'AuthenticationFailed');
    await did('root', 'asked', 1, { user_id: 'ann' }, 'PersonErasureRequested');
    const all = ['asked-0', 'hers-0', 'hers-1', 'hers-2', 'his-0', 'his-1', 'tried-0'];
    expect(await known(all)).toEqual(all);
    expect(await erasePerson(store.pool, 'ann')).toEqual({ contexts: 4, next: null });
    expect(await known(all)).toEqual(['asked-0', 'his-0', 'his-1']);
    expect(await erasePerson(store.pool, 'ann')).toEqual({ contexts: 0, next: null });
    expect(await readOn(store, null, (found) => found.length >= 7)).toHaveLength(7);
  });

  it('given a log that takes longer than one call may, then it goes on where the last one ended', async () => {
    await store.pool.query(
      `SELECT log.append_events('image-' || n, 0, now(), jsonb_build_array(jsonb_build_object('event_id', gen_random_uuid(),
         'type', 'Happened', 'schema_version', 1, 'data', '{}'::jsonb, 'metadata', jsonb_build_object(
         'actor', jsonb_build_object('user', 'ann'), 'request_id', 'r-' || n))), 'r-' || n, 'salt', '{}')
         FROM generate_series(1, 11000) AS n`,
    );
    const erase = (after?: string) => personEraser(store.pool)({ user_id: 'ann', ...(after && { after }) });
    const first = await erasePerson(store.pool, 'ann', null, 0);
    expect(first).toEqual({ contexts: 5_000, next: expect.stringMatching(/^\d+\.\d+$/) });
    expect(await erase(first.next as string)).toEqual({ contexts: 6_000, next: null });
    expect(await erase()).toEqual({ contexts: 0, next: null });
  });

  it.each([null, {}, { user_id: '' }, { user_id: 1 }])('refuses %j', async (body) => {
    await expect(personEraser(store.pool)(body)).rejects.toMatchObject({ code: 'invalid-body' });
  });
});
