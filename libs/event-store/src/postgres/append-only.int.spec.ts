import { createLogDatabase, type LogDatabase } from '../testing/log-database.js';
import { append, some, versionsOf } from '../testing/support.js';
import { createPostgresEventStore, type PostgresEventStore } from './store.js';

describe('the events of a log', () => {
  let database: LogDatabase;
  let service: PostgresEventStore;
  let owner: PostgresEventStore;

  beforeAll(async () => {
    database = await createLogDatabase();
    service = createPostgresEventStore({ connectionString: database.serviceUrl, applicationName: 'service' });
    owner = createPostgresEventStore({ connectionString: database.ownerUrl, applicationName: 'owner' });
    await append(service, 'kept', 0, some(2));
  });
  afterAll(async () => {
    await Promise.all([service.close(), owner.close()]);
    await database.drop();
  });

  it.each([
    `UPDATE log.events SET data = '{}'`,
    'DELETE FROM log.events',
    'TRUNCATE log.events',
    'DELETE FROM log.events WHERE false',
    `INSERT INTO log.events OVERRIDING SYSTEM VALUE SELECT * FROM log.events
      ON CONFLICT (stream, version) DO UPDATE SET data = '{}'`,
  ])('given %s, then the role of the service may not, and a trigger refuses it to the owner too', async (statement) => {
    await expect(service.pool.query(statement)).rejects.toThrow(/permission denied/);
    await expect(owner.pool.query(statement)).rejects.toThrow(/append-only/);
    expect(await versionsOf(service, 'kept')).toEqual([1, 2]);
  });

  it('given the role of the service, then it writes into the log by its rules only', async () => {
    const forged = `INSERT INTO log.events (transaction_id, stream, version, event_id, type, schema_version, data, metadata, recorded_at)
      SELECT '3', 'forged', 1, gen_random_uuid(), type, schema_version, data, metadata, recorded_at FROM log.events LIMIT 1`;
    await expect(service.pool.query(forged)).rejects.toThrow(/permission denied/);
    await expect(service.pool.query(`INSERT INTO log.request_contexts VALUES ('r', '', '{}')`)).rejects.toThrow(
      /permission denied/,
    );
    expect(await versionsOf(service, 'forged')).toEqual([]);
  });

  it('given the role of the service, then it can neither take the guard away nor become somebody who could', async () => {
    for (const statement of [
      'ALTER TABLE log.events DISABLE TRIGGER append_only',
      'DROP TRIGGER append_only ON log.events',
      'SET session_replication_role = replica',
      'CREATE OR REPLACE FUNCTION log.refuse_change() RETURNS trigger LANGUAGE sql AS $$ SELECT 1 $$',
      'UPDATE log.identity SET log_id = gen_random_uuid()',
    ]) {
      await expect(service.pool.query(statement)).rejects.toThrow(/permission denied|must be owner/);
    }
  });
});
