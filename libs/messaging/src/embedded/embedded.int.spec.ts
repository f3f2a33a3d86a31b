import pg from 'pg';
import { createTestDatabase, type TestDatabase } from '../../../../test/support/database.js';
import { migrateEmbeddedBus } from '../migrate-embedded-bus.js';
import { busConformance } from '../testing/conformance.js';
import { createEmbeddedBus } from './bus.js';
import { embeddedBusSchema } from './schema.js';

const ROLE = 'bus_test';

describe('the embedded bus', () => {
  let database: TestDatabase;
  let url: string;
  let opened = 0;

  beforeAll(async () => {
    database = await createTestDatabase(embeddedBusSchema(ROLE), async (ownerUrl) => {
      await sql(
        ownerUrl,
        `DO $$ BEGIN CREATE ROLE ${ROLE} LOGIN PASSWORD 'test'; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$`,
      );
      await migrateEmbeddedBus({ ownerUrl, role: ROLE });
    });
    const service = new URL(database.url);
    service.username = ROLE;
    service.password = 'test';
    url = service.href;
  });
  afterAll(() => database.drop());

  async function sql(connectionString: string, text: string, values: unknown[] = []) {
    const client = new pg.Client({ connectionString });
    await client.connect();
    try {
      return await client.query(text, values);
    } finally {
      await client.end();
    }
  }

  const nameOf = new Map<unknown, string>();
  const open = async () => {
    const applicationName = `test-${(opened += 1)}`;
    const bus = createEmbeddedBus({ connectionString: url, applicationName });
    nameOf.set(bus, applicationName);
    return bus;
  };

  busConformance(() => ({
    open,
    // A process that dies takes its sessions along; the object here may try to come back, so it is told to stop first.
    kill: async (bus) => {
      const closed = bus.close();
      await sql(
        database.url,
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE $1 || ' %'`,
        [nameOf.get(bus)],
      );
      await closed.catch(() => undefined);
    },
    removeTopic: async (topic) => {
      for (const table of ['messages', 'partitions'])
        await sql(database.url, `DELETE FROM bus.${table} WHERE topic = $1`, [topic]);
    },
  }));

  it('given that all sessions are cut, then publishing and consuming go on by themselves', async () => {
    const bus = await open();
    const topic = `cut-${opened}`;
    await bus.ensureTopic(topic, 3);
    const publisher = await bus.publisher();
    const got = new Set<string>();
    await bus.consume({ topics: [topic], group: topic, handle: async ({ value }) => void got.add(value) });
    for (let nth = 0; nth < 10; nth += 1) {
      await publisher.publish([{ topic, key: 'k', value: String(nth), headers: {} }]).catch(() => undefined);
      if (nth === 5)
        await sql(
          database.url,
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE $1 || ' %'`,
          [nameOf.get(bus)],
        );
    }
    await publisher.publish([{ topic, key: 'k', value: 'last', headers: {} }]);
    for (const end = Date.now() + 15_000; !got.has('last') && Date.now() < end;)
      await new Promise((resolve) => setTimeout(resolve, 20));
    expect([...got].slice(0, 5)).toEqual(['0', '1', '2', '3', '4']);
    expect(got.has('last')).toBe(true);
    await bus.close();
  }, 30_000);

  it('migrates again without harm', async () => {
    await migrateEmbeddedBus({ ownerUrl: database.url, role: ROLE });
  });
});
