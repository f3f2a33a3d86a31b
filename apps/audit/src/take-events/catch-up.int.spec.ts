import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RecordedEvent } from '@cloud-images/contracts';
import type { LogPage } from '@cloud-images/event-store';
import type { Delivery } from '@cloud-images/messaging';
import { PermanentFailure } from '@cloud-images/messaging';
import { toMessage } from '@cloud-images/event-store';
import { logger } from '@cloud-images/service-kit';
import type { Arrival } from '../ledger/arrival.js';
import type { LogPlace } from '../ledger/completeness.js';
import { readProgress } from '../ledger/known.query.js';
import { Sealer } from '../ledger/sealer.js';
import {
  CATALOG_LOG,
  created,
  denied,
  failed,
  GATEWAY_LOG,
  MEMBERSHIP_LOG,
  renamed,
  requested,
  TASK_LOG,
} from '../testing/given.js';
import { createLedgerDatabase, type LedgerDatabase } from '../testing/ledger-database.js';
import { CatchUp } from './catch-up.js';
import { TakeEvents } from './take-events.consumer.js';

describe('taking events in, on PostgreSQL', () => {
  let database: LedgerDatabase;
  let owner: Arrival[];
  let asked: number;
  let catchUp: CatchUp;
  let take: (arrival: Arrival) => Promise<void>;
  let takeTask: (arrival: Arrival) => Promise<void>;
  let tasks: Arrival[];
  let refusals: RecordedEvent[];
  let takeRefusal: (arrival: Arrival) => Promise<void>;
  const id = randomUUID();

  beforeEach(async () => {
    database = await createLedgerDatabase();
    owner = [];
    tasks = [];
    refusals = [];
    asked = 0;
    const logs = {
      services: ['catalog', 'membership', 'task-worker', 'gateway'],
      read: async (service: string, after: LogPlace, limit: number): Promise<LogPage> => {
        if (service === 'membership') return { log_id: MEMBERSHIP_LOG, relayed: 0, events: [] };
        if (service === 'gateway') return { log_id: GATEWAY_LOG, relayed: refusals.length, events: refusals };
        if (service === 'task-worker') {
          const at = tasks.findIndex(({ event }) => event.position === after.position) + 1;
          const events = tasks.slice(at, at + limit).map(({ event }) => event);
          return { log_id: TASK_LOG, relayed: tasks.length, events };
        }
        if (limit > 0) asked += 1;
        const at = owner.findLastIndex(({ event }) => Number(event.position) <= Number(after.position)) + 1;
        const events = owner.slice(at, at + limit).map(({ event }) => event);
        return { log_id: CATALOG_LOG, relayed: owner.length, events };
      },
    };
    const sealer = new Sealer({ pool: database.pool });
    catchUp = new CatchUp({ sql: database.sql, sealer, logs, log: logger('audit', 'silent') });
    const consumer = new TakeEvents(sealer, catchUp);
    take = (arrival) => consumer.image(deliveryOf(arrival));
    takeRefusal = (arrival) => consumer.security(deliveryOf(arrival, 'cloud-images.security'));
    takeTask = (arrival) => consumer.task(deliveryOf(arrival, 'cloud-images.task'));
  });
  afterEach(async () => {
    await catchUp.stop();
    await database.drop();
  });

  const deliveryOf = ({ event, log, number }: Arrival, topic = 'cloud-images.image'): Delivery => ({
    ...toMessage(event, topic, log, BigInt(number)),
    partition: 0,
    offset: '0',
    attempt: 1,
  });
  const history = (count: number): Arrival[] =>
    Array.from({ length: count }, (_, at) =>
      at === 0 ? created(1, 'owner', {}, id) : renamed(at + 1, { number: at + 1 }, id),
    );
  const sealed = async (): Promise<number[]> => {
    const { rows } = await database.owner.query<{ version: number }>(
      'SELECT version FROM ledger.events ORDER BY position',
    );
    return rows.map(({ version }) => version);
  };
  const completeTo = async () => (await readProgress(database.sql, [CATALOG_LOG])).get(CATALOG_LOG)?.complete.number;

  it('given one that its owner does not have, under the number of another, then it is laid aside; given one that it has, sealed', async () => {
    owner = history(3);
    for (const one of owner) await take(one);
    const forged = created(1, 'other', { number: 2 }, randomUUID());
    await expect(take(forged)).rejects.toMatchObject({ error: expect.any(PermanentFailure) });
    expect(await sealed()).toEqual([1, 2, 3]);
    // A log that was restored counts anew from there.
    const again = created(1, 'other', { number: 3 }, randomUUID());
    owner = [...owner.slice(0, 2), again];
    await take(again);
    expect(await sealed()).toEqual([1, 2, 3, 1]);
    expect(await completeTo()).toBe(3);
  });

  it('given a delivery that leaves some out, then they are fetched from the owner first', async () => {
    owner = history(5);
    await take(owner[0] as Arrival);
    await take(owner[3] as Arrival);
    expect(await sealed()).toEqual([1, 2, 3, 4, 5]);
    expect(await completeTo()).toBe(5);
    expect(asked).toBe(1);
  });

  it('given a task’s delivery that leaves some out, then they are fetched from the log of the task-worker', async () => {
    tasks = [requested(1), failed(2), failed(3)];
    await takeTask(tasks[2] as Arrival);
    const { rows } = await database.owner.query('SELECT kind, version FROM ledger.events ORDER BY position');
    expect(rows).toEqual([1, 2, 3].map((version) => ({ kind: 'task', version })));
    expect((await readProgress(database.sql, [TASK_LOG])).get(TASK_LOG)?.complete.number).toBe(3);
    expect(asked).toBe(0);
  });

  it('given a refusal’s delivery that leaves some out, then they are fetched from the log of the gateway', async () => {
    const all = [denied(1), denied(2), denied(3)];
    refusals = all.map(({ event }) => event);
    await takeRefusal(all[2] as Arrival);
    const { rows } = await database.owner.query('SELECT kind, stream, version FROM ledger.events ORDER BY position');
    expect(rows).toEqual([1, 2, 3].map((version) => ({ kind: 'security', stream: 'security-p', version })));
  });

  it('given the services of images only, then what the task-worker has is not waited for', async () => {
    owner = history(2);
    tasks = [requested(1)];
    await catchUp.fetchAll(['catalog', 'membership']);
    expect(await sealed()).toEqual([1, 2]);
  });

  it('given a gap that the owner can’t fill, then the delivery waits as for an outage', async () => {
    const all = history(3);
    owner = all.slice(0, 1);
    await take(all[0] as Arrival);
    await expect(take(all[2] as Arrival)).rejects.toMatchObject({ error: { name: 'StoreUnavailable' } });
    owner = all;
    await take(all[2] as Arrival);
    expect(await sealed()).toEqual([1, 2, 3]);
  });

  it('given a log of which the bus brings nothing, then it is fetched by itself, over all its pages, and nothing is missing', async () => {
    owner = history(2_500);
    catchUp.start();
    for (const end = Date.now() + 30_000; Date.now() < end && (await completeTo()) !== 2_500;) await sleep(100);
    expect(await completeTo()).toBe(2_500);
    expect(await sealed()).toEqual(Array.from({ length: 2_500 }, (_, at) => at + 1));
  }, 60_000);

  it('given a log far behind which the ledger is, then its messages wait until its pages are in, each of which is read once', async () => {
    owner = history(5_200);
    catchUp.start();
    while (asked === 0) await sleep(1);
    await take(owner[0] as Arrival);
    expect(await completeTo()).toBe(5_200);
    expect(asked).toBe(6);
  }, 60_000);

  it.each([
    ['no number', { ce_number: '' }],
    ['no log', { ce_source: 'somewhere' }],
    ['no event of ours', { ce_type: 'other' }],
    ['a stream that there is not', { ce_stream: 'other-1' }],
  ])('given %s, then the message is given up and nothing is sealed', async (_what, headers) => {
    const delivery = deliveryOf(history(1)[0] as Arrival);
    const consumer = new TakeEvents(new Sealer({ pool: database.pool }), catchUp);
    const broken = consumer.image({ ...delivery, headers: { ...delivery.headers, ...headers } });
    await expect(broken).rejects.toMatchObject({ error: { name: PermanentFailure.name } });
    expect(await sealed()).toEqual([]);
  });
});
