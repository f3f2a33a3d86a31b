import { randomUUID } from 'node:crypto';
import type { RecordedEvent } from '@cloud-images/contracts';
import { createInbox, type Inbox } from './inbox.js';
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
