import { randomUUID } from 'node:crypto';
import type { RecordedEvent } from '@cloud-images/contracts';
import { SeededRandom } from '../../../../test/support/seeded-random.js';
import { createInbox, type Inbox } from './inbox.js';
import { StoreUnavailable } from '../port.js';
import { createPostgresEventStore, type PostgresEventStore } from '../postgres/store.js';
import { createLogDatabase, type LogDatabase } from '../testing/log-database.js';

describe('inbox, on PostgreSQL', () => {
  let database: LogDatabase;
  let store: PostgresEventStore;
  let owner: Map<string, RecordedEvent[]>;
  let applied: string[];
  let diverged: string[];
  let inbox: Inbox;

  beforeAll(async () => {
    database = await createLogDatabase();
    store = createPostgresEventStore({ connectionString: database.serviceUrl, applicationName: 'inbox' });
  });
  afterAll(async () => {
    await store.close();
    await database.drop();
  });
  beforeEach(() => {
    owner = new Map();
    applied = [];
    diverged = [];
    inbox = createInbox({
      pool: store.pool,
      projections: [{ name: 'test.v1', apply: async (_sql, event) => void applied.push(`${event.version}`) }],
      fetchMissing: async (stream, after) =>
        (owner.get(stream) ?? []).filter((event) => event.version > after).slice(0, 2),
      onDivergence: (stream, version) => void diverged.push(`${stream}/${version}`),
    });
  });

  function stream(count: number): RecordedEvent[] {
    const name = `membership-${randomUUID()}`;
    const events = Array.from({ length: count }, (_, i): RecordedEvent => ({
      type: 'MemberAdded',
      data: { nth: i },
      event_id: randomUUID(),
      metadata: { actor: { user: 'u', project: 'p', roles: [], via: 'gateway' }, request_id: 'r', correlation_id: 'r' },
      stream: name,
      version: i + 1,
      schema_version: 1,
      recorded_at: '2026-11-24T00:00:00.000000Z',
      position: String(i + 1),
      transaction_id: '1',
    }));
    owner.set(name, events);
    return events;
  }
  const at = (events: RecordedEvent[], version: number) => events[version - 1] as RecordedEvent;

  it('given the same delivery twice, also at once, then it is applied once', async () => {
    const events = stream(1);
    await Promise.all([inbox.receive(at(events, 1)), inbox.receive(at(events, 1)), inbox.receiveMany(events)]);
    expect(applied).toEqual(['1']);
  });

  it('given a gap, then what is missing comes from the owner first', async () => {
    const events = stream(6);
    await inbox.receive(at(events, 5));
    expect(applied).toEqual(['1', '2', '3', '4', '5', '6']);
    await inbox.receive(at(events, 6));
    expect(applied).toHaveLength(6);
  });

  it('given a push after a gap, then nothing is taken and the answer says what is there', async () => {
    const events = stream(4);
    expect(await inbox.receiveMany([at(events, 1)])).toEqual({ have: 1 });
    expect(await inbox.receiveMany(events.slice(2))).toMatchObject({ have: 1 });
    expect(applied).toEqual(['1']);
    expect(await inbox.receiveMany(events.slice(1))).toMatchObject({ have: 4 });
    expect(applied).toEqual(['1', '2', '3', '4']);
  });

  it('given another event at a version already taken, then the divergence is reported and the owner is right', async () => {
    const events = stream(2);
    await inbox.receiveMany(events);
    const other = { ...at(events, 2), event_id: randomUUID() };
    owner.set(other.stream, [at(events, 1), other]);
    await inbox.receive(other);
    expect(diverged).toEqual([`${other.stream}/2`]);
    expect(await inbox.receiveMany([other])).toMatchObject({ have: 2 });
    expect(diverged).toHaveLength(1);
  });

  it('given a divergence, then the stream is applied again from its start, as its owner has it, over all its pages', async () => {
    const events = stream(3);
    await inbox.receiveMany(events);
    const others = [at(events, 1), ...stream(4)].map((event, i) => ({
      ...event,
      stream: at(events, 1).stream,
      version: i + 1,
    }));
    owner.set(at(events, 1).stream, others);
    applied = [];
    await inbox.receive(at(others, 3));
    expect(applied).toEqual(['1', '2', '3', '4', '5']);
    const { rows } = await store.pool.query(
      `SELECT event->>'event_id' AS id FROM log.inbox_events WHERE stream = $1 ORDER BY version`,
      [at(events, 1).stream],
    );
    expect(rows.map(({ id }) => id)).toEqual(others.map(({ event_id }) => event_id));
  });

  it('given a gap behind a place where the owner has another event, then that is a divergence too', async () => {
    const events = stream(6);
    await inbox.receiveMany(events.slice(0, 2));
    const others = events.map((event, i) => (i === 1 ? { ...event, event_id: randomUUID() } : event));
    owner.set(at(events, 1).stream, others);
    applied = [];
    await inbox.receive(at(others, 6));
    expect(diverged).toEqual([`${at(events, 1).stream}/2`]);
    expect(applied).toEqual(['1', '2', '3', '4', '5', '6']);
  });

  it('given later and earlier events of a stream at once, pushed and from the bus, then each is applied once, in order', async () => {
    const events = stream(8);
    await Promise.all([
      ...[5, 2, 8, 1, 7].map((version) => inbox.receive(at(events, version))),
      inbox.receiveMany(events.slice(0, 3)),
      inbox.receiveMany(events.slice(2, 6)),
    ]);
    expect(applied).toEqual(['1', '2', '3', '4', '5', '6', '7', '8']);
    expect(diverged).toEqual([]);
  });

  it('given deliveries in any order, each up to three times, then every stream is applied once and in order', async () => {
    const byStream = new Map<string, number[]>();
    const shuffled = createInbox({
      pool: store.pool,
      fetchMissing: async (name, after) => (owner.get(name) ?? []).filter(({ version }) => version > after),
      projections: [
        {
          name: 'order.v1',
          apply: async (_sql, event) => {
            byStream.set(event.stream, [...(byStream.get(event.stream) ?? []), event.version]);
          },
        },
      ],
    });
    const random = new SeededRandom(7);
    const deliveries = [stream(7), stream(7), stream(7)]
      .flat()
      .flatMap((event) => Array.from({ length: random.int(1, 3) }, () => ({ event, at: random.next() })))
      .toSorted((a, b) => a.at - b.at);
    await Promise.all(
      [0, 1, 2, 3].map(async (lane) => {
        for (const { event } of deliveries.filter((_, nth) => nth % 4 === lane)) await shuffled.receive(event);
      }),
    );
    expect([...byStream.values()]).toEqual(Array.from({ length: 3 }, () => [1, 2, 3, 4, 5, 6, 7]));
  });

  it('given a gap and an owner that can’t be asked, then nothing is taken and the delivery can come again', async () => {
    const events = stream(3);
    const all = owner.get(at(events, 1).stream) as RecordedEvent[];
    owner.delete(at(events, 1).stream);
    await expect(inbox.receive(at(events, 3))).rejects.toThrow(StoreUnavailable);
    expect(applied).toEqual([]);
    owner.set(at(events, 1).stream, all);
    await inbox.receive(at(events, 3));
    expect(applied).toEqual(['1', '2', '3']);
  });

  it('given an effect that fails, then the place does not move and the delivery can come again', async () => {
    const events = stream(1);
    let broken = true;
    const fragile = createInbox({
      pool: store.pool,
      fetchMissing: async () => [],
      projections: [
        {
          name: 'fragile.v1',
          apply: async (sql, event) => {
            if (broken) void sql.query('SELECT 1 / 0').catch(() => undefined);
            else applied.push(`${event.version}`);
          },
        },
      ],
    });
    await expect(fragile.receive(at(events, 1))).rejects.toThrow(/division/);
    broken = false;
    await fragile.receive(at(events, 1));
    expect(applied).toEqual(['1']);
  });
});
