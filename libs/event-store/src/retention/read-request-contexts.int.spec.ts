import { randomUUID } from 'node:crypto';
import { createPostgresEventStore, type PostgresEventStore } from '../postgres/store.js';
import { createLogDatabase, type LogDatabase } from '../testing/log-database.js';
import { MOST_CONTEXTS, requestContextReader } from './read-request-contexts.js';

describe('who requests came from', () => {
  let database: LogDatabase;
  let store: PostgresEventStore;
  beforeAll(async () => {
    database = await createLogDatabase();
    store = createPostgresEventStore({ connectionString: database.serviceUrl, applicationName: 'test', max: 2 });
  });
  afterAll(async () => {
    await store.close();
    await database.drop();
  });

  it('is told by request id, as it was written beside the event; of what is not there, nothing', async () => {
    const context = { request_id: 'req-1', correlation_id: 'req-1', user_name: 'Ann', source_address: '203.0.113.9' };
    const actor = { user: 'u', project: 'p', roles: ['member'], via: 'gateway' };
    const metadata = { actor, request_id: 'req-1', correlation_id: 'req-1' };
    const event = { type: 'ImageProtected', data: {}, event_id: randomUUID(), metadata } as const;
    await store.transact('image-a', async (tx) => {
      const { events, now } = await tx.load(0);
      tx.append(events.length, [event as never], now, context);
    });
    const read = requestContextReader(store.pool);
    expect(await read({ ids: ['req-1', 'req-2'] })).toEqual({ contexts: [context] });
    expect(await read({ ids: [] })).toEqual({ contexts: [] });
  });

  it.each([null, {}, { ids: 'req-1' }, { ids: [1] }, { ids: Array(MOST_CONTEXTS + 1).fill('x') }])(
    'refuses %j',
    async (body) => {
      await expect(requestContextReader(store.pool)(body)).rejects.toMatchObject({ code: 'invalid-body' });
    },
  );
});
