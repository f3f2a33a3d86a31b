import pg from 'pg';
import { createLogDatabase, type LogDatabase } from '../testing/log-database.js';
import { append, readOn, some } from '../testing/support.js';
import { createPostgresEventStore } from '../postgres/store.js';
import { Checkpoint } from './checkpoint.js';

describe('the checkpoint of a relay', () => {
  let database: LogDatabase;
  const clients: pg.Client[] = [];

  beforeAll(async () => {
    database = await createLogDatabase();
  });
  afterAll(async () => {
    await Promise.all(clients.map((client) => client.end()));
    await database.drop();
  });

  async function take(): Promise<Checkpoint> {
    const client = new pg.Client({ connectionString: database.serviceUrl });
    clients.push(client);
    await client.connect();
    return Checkpoint.take(client, 'events');
  }

  it('given a leader of an earlier epoch, then it can move the checkpoint neither on nor back', async () => {
    const store = createPostgresEventStore({ connectionString: database.serviceUrl, applicationName: 'checkpoint' });
    await append(store, 'image-a', 0, some(3));
    const events = await readOn(store, null, (found) => found.length === 3);
    await store.close();
    const stale = await take();
    const leader = await take();
    await leader.move(events, new Map([[0, '3']]));
    await expect(stale.move(events.slice(0, 1), new Map([[0, '1']]))).rejects.toThrow(/another relay leads/);
    await expect(stale.rewind()).rejects.toThrow(/another relay leads/);
    const next = await take();
    expect(next.number).toBe(3n);
    expect(next.place).toEqual({ transaction_id: events[2]?.transaction_id, position: events[2]?.position });
  });

  it('given the ends of the topic, then it knows a wiped one from one that grew', async () => {
    const checkpoint = await take();
    expect(
      checkpoint.isAheadOf(
        new Map([
          [0, '3'],
          [1, '7'],
        ]),
      ),
    ).toBe(false);
    expect(
      checkpoint.isAheadOf(
        new Map([
          [0, '2'],
          [1, '7'],
        ]),
      ),
    ).toBe(true);
    expect(checkpoint.isAheadOf(new Map())).toBe(true);
    // Five more were acknowledged just now: a topic that holds four in all was wiped meanwhile.
    expect(checkpoint.isAheadOf(new Map([[0, '4']]), 5)).toBe(true);
    expect(checkpoint.isAheadOf(new Map([[0, '8']]), 5)).toBe(false);
  });
});
