import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createPostgresEventStore, readAll, type PostgresEventStore } from '../postgres/store.js';
import { CuttingProxy } from '../testing/cutting-proxy.js';
import { createLogDatabase, type LogDatabase } from '../testing/log-database.js';
import { numberOf, RecordingTopic } from '../testing/recording-topic.js';
import { append, appendNext, endOfLog, happened, some } from '../testing/support.js';
import { startRelay, type Relay, type RelayOptions } from './relay.js';

describe('the relay', () => {
  let database: LogDatabase;
  let store: PostgresEventStore;
  let topic: RecordingTopic;
  let errors: string[];
  let rewinds: number;
  const relays: Relay[] = [];

  beforeEach(async () => {
    database = await createLogDatabase();
    store = createPostgresEventStore({ connectionString: database.ownerUrl, applicationName: 'writer', max: 10 });
    topic = new RecordingTopic();
    errors = [];
    rewinds = 0;
  });
  afterEach(async () => {
    await Promise.all(relays.splice(0).map((relay) => relay.stop()));
    await store.close();
    await database.drop();
  });

  function relay(applicationName: string, options: Partial<RelayOptions> = {}): Relay {
    const started = startRelay({
      connectionString: database.serviceUrl,
      applicationName,
      publisher: topic.publisher(),
      topic: 'events',
      onError: (error) => void errors.push(String(error)),
      onRewind: () => void (rewinds += 1),
      ...options,
    });
    relays.push(started);
    return started;
  }
  async function until(what: () => boolean | Promise<boolean>, ms = 15_000): Promise<void> {
    for (const end = Date.now() + ms; !(await what()); await sleep(10)) {
      if (Date.now() > end) throw new Error(`waited in vain; errors: ${errors.join('; ')}`);
    }
  }
  const upTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1);
  const published = (count: number) => until(() => topic.numbers().length >= count);
  const terminate = (name: string) =>
    store.pool.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1', [
      `${name} relay`,
    ]);
  const leaders = async () =>
    (
      await store.pool.query<{ name: string }>(
        `SELECT a.application_name AS name FROM pg_locks l JOIN pg_stat_activity a USING (pid)
          WHERE l.locktype = 'advisory' AND l.granted AND a.datname = current_database()`,
      )
    ).rows.map(({ name }) => name);
  const checkpoint = async () =>
    (await store.pool.query('SELECT epoch::integer, number::integer, position::text FROM log.relay')).rows[0];

  /** Every event of the log under its own number, and first occurrences of each key in the order of the log. */
  async function expectWholeLog(): Promise<void> {
    await endOfLog(store);
    const { events } = await store.readAll(null, 1000);
    expect(topic.numbers().toSorted((a, b) => a - b)).toEqual(upTo(events.length));
    for (const message of topic.arrived) {
      expect(message.headers['ce_id']).toBe(events[numberOf(message) - 1]?.event_id);
    }
    for (const [, ofKey] of Map.groupBy(topic.arrived, ({ key }) => key)) {
      const firsts = [...new Set(ofKey.map(numberOf))];
      expect(firsts).toEqual(firsts.toSorted((a, b) => a - b));
    }
  }

  it('given events, then each is published under its rank in the log and under the log’s id', async () => {
    await append(store, 'image-a', 0, some(3));
    relay('one', { batch: 2 });
    await append(store, 'image-b', 0, some(2));
    await published(5);
    await expectWholeLog();
    const { rows } = await store.pool.query('SELECT log_id::text AS id FROM log.identity');
    expect(new Set(topic.arrived.map(({ headers }) => headers['ce_source']))).toEqual(new Set([rows[0].id]));
    expect(topic.arrived.map(({ key }) => key)).toEqual(['a', 'a', 'a', 'b', 'b']);
  });

  it('given a relay that starts again, then it goes on behind the last acknowledged event', async () => {
    await append(store, 'image-a', 0, some(2));
    const first = relay('one');
    await published(2);
    await until(async () => (await checkpoint())?.number === 2);
    await first.stop();
    await append(store, 'image-a', 2, some(1));
    relay('one');
    await published(3);
    expect(topic.arrived.map(numberOf)).toEqual([1, 2, 3]);
  });

  it('given a bus that fails, before and after taking a batch, then all is sent again until it is acknowledged', async () => {
    let batches = 0;
    topic.onBatch = () => {
      if ((batches += 1) % 3 === 1) throw new Error('the bus is away');
    };
    topic.onTaken = () => {
      if (batches % 3 === 2) throw new Error('no acknowledgement');
    };
    await append(store, 'image-a', 0, some(4));
    relay('one', { batch: 2 });
    await until(async () => (await checkpoint())?.number === 4);
    expect(errors.length).toBeGreaterThanOrEqual(4);
    await expectWholeLog();
  });

  it('given a leader that stands still in the middle of a batch, then the other leads once its session has run out', async () => {
    const standstill = Promise.withResolvers<void>();
    let batches = 0;
    topic.onBatch = () => ((batches += 1) === 1 ? standstill.promise : undefined);
    await append(store, 'image-a', 0, some(3));
    relay('one', { silenceMs: 2_000 });
    try {
      await until(() => batches === 1);
      relay('two', { silenceMs: 2_000 });
      await published(3);
      expect(await leaders()).toEqual(['two relay']);
    } finally {
      standstill.resolve();
    }
    await append(store, 'image-a', 3, some(1));
    await published(4);
    await until(async () => (await checkpoint())?.number === 4);
    expect(await leaders()).toEqual(['two relay']);
    await expectWholeLog();
  });

  it('given two relays, then one leads, and the other takes over when the leader can’t reach the database', async () => {
    const proxy = await CuttingProxy.before(database.serviceUrl);
    relay('one', { connectionString: proxy.url });
    await append(store, 'image-a', 0, some(2));
    await published(2);
    relay('two');
    await until(
      async () =>
        (await store.pool.query(`SELECT FROM pg_stat_activity WHERE application_name = 'two relay'`)).rowCount === 1,
    );
    await append(store, 'image-a', 2, some(2));
    await published(4);
    expect(await leaders()).toEqual(['one relay']);
    await until(async () => (await checkpoint()).number === 4);
    const { epoch } = await checkpoint();
    await proxy.close();
    await append(store, 'image-a', 4, some(2));
    await published(6);
    expect(await leaders()).toEqual(['two relay']);
    expect((await checkpoint()).epoch).toBe(epoch + 1);
    await expectWholeLog();
    expect(errors).not.toEqual([]);
  }, 20_000);

  it('given a leader whose session ends while it publishes, then it moves nothing back when it wakes up', async () => {
    let wake = () => {};
    const asleep = new Promise<void>((resolve) => (wake = resolve));
    let begun = false;
    topic.onBatch = () => {
      begun = true;
      topic.onBatch = () => undefined;
      return asleep;
    };
    const sleeper = relay('sleeper', { batch: 1 });
    await append(store, 'image-a', 0, some(2));
    await until(() => begun);
    await terminate('sleeper');
    relay('next');
    await published(2);
    await until(async () => (await checkpoint()).number === 2);
    const before = await checkpoint();
    wake();
    await until(() => topic.arrived.length === 3);
    await sleeper.stop();
    expect(await checkpoint()).toEqual(before);
    expect(errors).not.toEqual([]);
    await expectWholeLog();
  }, 20_000);

  it('given a topic that was wiped, then it is filled again by itself, under the same numbers', async () => {
    await append(store, 'image-a', 0, some(5));
    relay('one');
    await until(async () => (await checkpoint())?.number === 5);
    topic.wipe();
    await until(() => topic.numbers().length === 5);
    expect(rewinds).toBe(1);
    await expectWholeLog();
  }, 20_000);

  it('given more events after a wipe than there were before, then the wipe is noticed nevertheless', async () => {
    await append(store, 'image-a', 0, some(3));
    relay('one');
    await until(async () => (await checkpoint())?.number === 3);
    topic.wipe();
    await append(store, 'image-a', 3, some(20));
    await until(async () => (await checkpoint()).number === 23 && topic.numbers().length === 23);
    expect(rewinds).toBe(1);
    await expectWholeLog();
  }, 20_000);

  it('given a wipe between acknowledgement and checkpoint, then nothing counts as sent that is not there', async () => {
    topic.onTaken = () => {
      topic.onTaken = () => undefined;
      topic.wipe();
    };
    await append(store, 'image-a', 0, some(3));
    relay('one', { batch: 2 });
    await until(async () => (await checkpoint())?.number === 3);
    await expectWholeLog();
  });

  it('given a wipe in the middle of a backlog, then what was read ahead is not sent as if nothing had happened', async () => {
    await append(store, 'image-a', 0, some(40));
    let batches = 0;
    topic.onTaken = () => {
      if ((batches += 1) === 6) topic.wipe();
    };
    relay('one', { batch: 3 });
    await until(async () => (await checkpoint())?.number === 40 && topic.numbers().length === 40);
    expect(rewinds).toBe(1);
    await expectWholeLog();
  }, 20_000);

  it('given events with a lot of data, then no batch holds much more of it than two megabytes, and none is left out', async () => {
    const large = (nth: number) => ({ ...happened(nth), data: { nth, text: randomBytes(300_000).toString('base64') } });
    await append(
      store,
      'image-a',
      0,
      Array.from({ length: 12 }, (_, nth) => large(nth)),
    );
    const sizes: number[] = [];
    topic.onBatch = (messages) => void sizes.push(messages.reduce((sum, { value }) => sum + value.length, 0));
    relay('one');
    await published(12);
    expect(Math.max(...sizes)).toBeLessThan(3_000_000);
    await expectWholeLog();
    // What such a page leaves is read at once, as behind one with the most events.
    expect(await readAll(store.pool, null, 1000, 1_000_000)).toMatchObject({ full: true });
    expect(await readAll(store.pool, null, 12, 100_000_000)).toMatchObject({ full: true });
    expect(await readAll(store.pool, null, 13, 100_000_000)).toMatchObject({ full: false });
  }, 20_000);

  it('given writers at once and leaders that lose their sessions, then each key arrives in the order of the log', async () => {
    relay('one', { batch: 3 });
    relay('two', { batch: 5 });
    const writing = Promise.all(
      Array.from({ length: 8 }, async (_, writer) => {
        for (let nth = 0; nth < 15; nth += 1) await appendNext(store, `image-${(writer + nth) % 4}`);
      }),
    );
    for (const name of ['one', 'two', 'one', 'two']) {
      await sleep(300);
      await terminate(name);
    }
    await writing;
    await published(120);
    await until(async () => (await checkpoint()).number === 120);
    await expectWholeLog();
  }, 60_000);

  it('given a row that waits at the horizon, then the relay asks for it at its busy pace', async () => {
    relay('one');
    await append(store, 'image-a', 0, some(1));
    await published(1);
    await endOfLog(store);
    // Long enough for its polls to have become idle ones, 100 ms apart: it lingers for a second.
    await sleep(2_500);
    const idle = await readsOf('one', 1_000);
    const holder = await store.pool.connect();
    await holder.query('BEGIN; SELECT pg_current_xact_id()');
    await append(store, 'image-a', 1, some(1));
    await sleep(300);
    const busy = await readsOf('one', 1_000);
    expect(topic.numbers()).toEqual([1]);
    await holder.query('COMMIT');
    holder.release();
    await published(2);
    expect(idle).toBeLessThanOrEqual(12);
    expect(busy).toBeGreaterThanOrEqual(20);
  }, 20_000);

  /** How many statements a relay sent within so many ms, as far as looking often enough shows. */
  async function readsOf(name: string, ms: number): Promise<number> {
    const seen = new Set<string>();
    for (const end = Date.now() + ms; Date.now() < end; await sleep(2)) {
      const { rows } = await store.pool.query(
        'SELECT query_start::text AS at FROM pg_stat_activity WHERE application_name = $1',
        [`${name} relay`],
      );
      seen.add(rows[0]?.at);
    }
    return seen.size;
  }
});
