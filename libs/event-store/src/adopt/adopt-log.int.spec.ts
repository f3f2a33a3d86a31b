import { VersionConflict } from '../port.js';
import { eventLogUpgrade } from '../postgres/schema.js';
import { createPostgresEventStore, type PostgresEventStore } from '../postgres/store.js';
import { createLogDatabase, SERVICE_ROLE, type LogDatabase } from '../testing/log-database.js';
import { append, endOfLog, some, versionsOf } from '../testing/support.js';
import { adoptLog } from './adopt-log.js';
import { assertOwnLog } from './own-log.js';

describe('a log that comes from another cluster', () => {
  let database: LogDatabase;
  let owner: PostgresEventStore;
  let service: PostgresEventStore;

  beforeEach(async () => {
    database = await createLogDatabase();
    owner = createPostgresEventStore({ connectionString: database.ownerUrl, applicationName: 'owner' });
    service = createPostgresEventStore({ connectionString: database.serviceUrl, applicationName: 'service' });
  });
  afterEach(async () => {
    await Promise.all([owner.close(), service.close()]);
    await database.drop();
  });

  /** As a restored dump has them: rows whose transaction ids this cluster has not reached, not in the order of positions. */
  async function restore(...events: readonly (readonly [stream: string, version: number, transaction: number])[]) {
    for (const [stream, version, transaction] of events) {
      await owner.pool.query(
        `INSERT INTO log.events (transaction_id, stream, version, event_id, type, schema_version, data, metadata, recorded_at)
         VALUES ((pg_snapshot_xmax(pg_current_snapshot())::text::bigint + 1000000 + $3)::text::xid8, $1, $2,
                 gen_random_uuid(), 'Happened', 1, '{}', '{}', now() - interval '1 day')`,
        [stream, version, transaction],
      );
    }
    await owner.pool.query(`INSERT INTO log.relay (topic, epoch, transaction_id, position, number, ends)
                            VALUES ('events', 7, '99', 99, 5, '{"0": "5"}')`);
  }
  const restored = () => restore(['a', 1, 30], ['b', 1, 10], ['b', 2, 20], ['a', 2, 40], ['c', 1, 10]);
  const inOrder = ['b/1', 'c/1', 'b/2', 'a/1', 'a/2'];
  const adopt = () => adoptLog({ ownerUrl: database.ownerUrl, lockTimeoutMs: 500 });
  const logId = async () =>
    (await service.pool.query('SELECT log_id::text AS id FROM log.identity')).rows[0].id as string;

  async function readOrder(): Promise<string[]> {
    await endOfLog(service);
    return (await service.readAll(null, 100)).events.map(({ stream, version }) => `${stream}/${version}`);
  }

  it('given it at boot, then the service refuses to start and names the command', async () => {
    await restored();
    await expect(assertOwnLog(service.pool)).rejects.toThrow(/another cluster.*npm run adopt-log/);
    await expect(append(service, 'a', 2, some(1))).rejects.toThrow(VersionConflict);
  });

  it('given a cluster that is further on than the log, or a database that was restored in its place, then it is refused too', async () => {
    await append(service, 'a', 0, some(2));
    await assertOwnLog(service.pool);
    for (const home of ['7600000000000000001/5', `' || split_part(log.home(), '/', 1) || '/5`]) {
      await owner.pool.query(`UPDATE log.identity SET home = '${home}'`);
      await expect(assertOwnLog(service.pool)).rejects.toThrow(/another cluster.*npm run adopt-log/);
      expect(await adopt()).toMatchObject({ adopted: true, events: 2 });
      await assertOwnLog(service.pool);
    }
  });

  it('given a log of before it knew its home, then the upgrade makes this one its home, and repeats without harm', async () => {
    await owner.pool.query('ALTER TABLE log.identity DROP COLUMN home');
    for (const _ of [1, 2]) await owner.pool.query(eventLogUpgrade(SERVICE_ROLE));
    await assertOwnLog(service.pool);
    await append(service, 'a', 0, some(1));
  });

  it('given the adoption, then the order is kept, and what comes later is read later', async () => {
    await restored();
    expect(await adopt()).toMatchObject({ adopted: true, events: 5 });
    await assertOwnLog(service.pool);
    expect(await readOrder()).toEqual(inOrder);
    await append(service, 'a', 2, some(1));
    expect(await readOrder()).toEqual([...inOrder, 'a/3']);
  });

  it('given the adoption, then it is a new log for its subscribers: another id, published from the start', async () => {
    await restored();
    const before = await logId();
    const { logId: adoptedAs } = await adopt();
    expect(adoptedAs).not.toBe(before);
    expect(await logId()).toBe(adoptedAs);
    const { rows } = await service.pool.query(
      'SELECT epoch::integer, transaction_id::text AS xid, position::integer, number::integer, ends FROM log.relay',
    );
    expect(rows).toEqual([{ epoch: 8, xid: '0', position: 0, number: 0, ends: {} }]);
  });

  it('given the adoption, then the log is as append-only as before', async () => {
    await restored();
    await adopt();
    await expect(owner.pool.query('DELETE FROM log.events')).rejects.toThrow(/append-only/);
    await expect(owner.pool.query(`UPDATE log.events SET data = '{}'`)).rejects.toThrow(/append-only/);
    const { rows } = await owner.pool.query(
      `SELECT identity_generation AS how FROM information_schema.columns
        WHERE table_schema = 'log' AND table_name = 'events' AND column_name = 'position'`,
    );
    expect(rows).toEqual([{ how: 'ALWAYS' }]);
  });

  it('given that it is not needed, or not any more, then nothing changes', async () => {
    await append(service, 'a', 0, some(2));
    const own = await logId();
    expect(await adopt()).toEqual({ adopted: false, logId: own, events: 2 });
    await restore(['a', 3, 1]);
    const { logId: adoptedAs } = await adopt();
    await endOfLog(service);
    const events = (await service.readAll(null, 10)).events;
    expect(await adopt()).toEqual({ adopted: false, logId: adoptedAs, events: 3 });
    expect((await service.readAll(null, 10)).events).toEqual(events);
  });

  it('given two adoptions at once, then one does it and the other finds it done', async () => {
    await restored();
    const both = await Promise.all([adopt(), adopt()]);
    expect(both.map(({ adopted }) => adopted).toSorted()).toEqual([false, true]);
    expect(both[0].logId).toBe(await logId());
    expect(await readOrder()).toEqual(inOrder);
  });

  it('given somebody who keeps the log busy, or the role of the service, then nothing is half done', async () => {
    await restored();
    const before = await logId();
    await expect(adoptLog({ ownerUrl: database.serviceUrl })).rejects.toThrow(/permission denied|must be owner/);
    const busy = await service.pool.connect();
    await busy.query('BEGIN; SELECT FROM log.events');
    await expect(adopt()).rejects.toThrow(/lock timeout/);
    await busy.query('ROLLBACK');
    busy.release();
    expect(await logId()).toBe(before);
    await expect(assertOwnLog(service.pool)).rejects.toThrow(/adopt-log/);
    expect(await versionsOf(service, 'a')).toEqual([1, 2]);
    await expect(owner.pool.query('DELETE FROM log.events')).rejects.toThrow(/append-only/);
  });
});
