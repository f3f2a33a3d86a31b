import { setTimeout as sleep } from 'node:timers/promises';
import {
  createAppender,
  createPostgresEventStore,
  poolExecutor,
  type PostgresEventStore,
} from '@cloud-images/event-store';
import { logger, type CallerContext } from '@cloud-images/service-kit';
import { createGatewayDatabase, type GatewayDatabase } from '../testing/gateway-database.js';
import { Erasures, type Forget } from './erasures.js';

const caller = {
  identity: { user: 'root', project: 'admin', roles: ['admin'], via: 'gateway', source: 'embedded' },
  request_id: 'req-1',
  correlation_id: 'req-1',
  context: { request_id: 'req-1', correlation_id: 'req-1', user_name: 'Root' },
} as unknown as CallerContext;

describe('erasures, on PostgreSQL', () => {
  let database: GatewayDatabase;
  let store: PostgresEventStore;
  let running: Erasures[];
  beforeEach(async () => {
    database = await createGatewayDatabase();
    store = createPostgresEventStore({ connectionString: database.url, applicationName: 'test', max: 6 });
    running = [];
  });
  afterEach(async () => {
    await Promise.all(running.map((one) => one.stop()));
    await store.close();
    await database.drop();
  });

  /** A gateway that has these services. */
  function gateway(
    services: Record<string, Forget>,
    forgetWaiting: (user: string) => void = () => undefined,
  ): Erasures {
    const sql = poolExecutor(store.pool);
    const times = { lookMs: 20, settleMs: 50 };
    const parts = {
      sql,
      appender: createAppender(store, sql),
      services,
      forgetWaiting,
      log: logger('gateway', 'silent'),
    };
    const erasures = new Erasures({ ...parts, ...times });
    running.push(erasures);
    return erasures;
  }
  const events = async () =>
    (await store.readStream('security-admin')).map(({ type, data, metadata, event_id }) => ({
      type,
      data,
      metadata,
      event_id,
    }));
  const untilFinished = async (erasures: Erasures, id: string) => {
    for (const end = Date.now() + 10_000; Date.now() < end; await sleep(20)) {
      const found = await erasures.show(id);
      if (found?.erasure.finished_at) return found;
    }
    throw new Error('not finished');
  };

  it('given a service that is away, then it is told until it has forgotten, from where it was, and only then it is done', async () => {
    const asked: (string | null)[] = [];
    const waiting: string[] = [];
    let isAway = true;
    const erasures = gateway(
      {
        near: async () => ({ contexts: 2, next: null }),
        far: async (_user, after) => {
          asked.push(after);
          if (after !== null && isAway) throw new Error('away');
          return after === null ? { contexts: 1, next: '7.9' } : { contexts: 4, next: null };
        },
      },
      (user) => waiting.push(user),
    );
    const { erasure } = await erasures.request(caller, 'ann', 'case 7');
    erasures.start();
    for (const end = Date.now() + 5_000; asked.length < 4 && Date.now() < end;) await sleep(10);
    expect(await erasures.show(erasure.erasure_id)).toMatchObject({
      erasure: { user_id: 'ann', finished_at: null },
      steps: [
        { service: 'far', after: '7.9', contexts: 1, done_at: null },
        { service: 'near', contexts: 2, done_at: expect.any(String) },
      ],
    });
    expect((await events()).map(({ type }) => type)).toEqual(['PersonErasureRequested']);
    isAway = false;
    await untilFinished(erasures, erasure.erasure_id);
    expect(asked.filter((after) => after === null)).toHaveLength(1);
    expect(waiting).toContain('ann');
    const [requested, erased] = await events();
    expect(requested).toMatchObject({
      data: { erasure_id: erasure.erasure_id, user_id: 'ann', reason: 'case 7' },
      metadata: { actor: { user: 'root', project: 'admin' }, request_id: 'req-1' },
    });
    expect(erased).toMatchObject({
      type: 'PersonErased',
      data: { erasure_id: erasure.erasure_id, user_id: 'ann', contexts: 7 },
      metadata: { actor: { user: 'gateway', project: null }, causation_id: requested?.event_id },
    });
  });

  it('given several gateways, then one event says that it is done', async () => {
    const gateways = [1, 2, 3].map(() => gateway({ near: async () => ({ contexts: 1, next: null }) }));
    const ids: string[] = [];
    for (const user of ['ann', 'bob', 'eve'])
      ids.push((await (gateways[0] as Erasures).request(caller, user, 'case')).erasure.erasure_id);
    for (const one of gateways) one.start();
    for (const id of ids) await untilFinished(gateways[0] as Erasures, id);
    await sleep(200);
    const done = (await events()).filter(({ type }) => type === 'PersonErased');
    expect(done.map(({ data }) => (data as { erasure_id: string }).erasure_id).sort()).toEqual(ids.sort());
  });

  it('given a service that does not answer, then what waits of everybody is forgotten all the same', async () => {
    const waiting = new Set<string>();
    const answer = Promise.withResolvers<never>();
    answer.promise.catch(() => undefined);
    const asking = gateway({ far: () => answer.promise }, (user) => waiting.add(user));
    const users = Array.from({ length: 6 }, (_, nth) => `user-${nth}`);
    for (const user of users) await gateway({ far: () => answer.promise }).request(caller, user, 'case');
    await sleep(60);
    asking.start();
    for (const end = Date.now() + 2_000; waiting.size < users.length && Date.now() < end;) await sleep(10);
    answer.reject(new Error('away'));
    expect([...waiting]).toEqual(users);
  });

  it('given many that a service does not forget, then the next one does not wait for all of them', async () => {
    let inVain = 0;
    const erasures = gateway({
      far: async (user) => {
        if (user === 'bob') return { contexts: 1, next: null };
        inVain += 1;
        await sleep(100);
        throw new Error('away');
      },
    });
    for (let nth = 0; nth < 20; nth += 1) await erasures.request(caller, `user-${nth}`, 'case');
    await sleep(60);
    erasures.start();
    for (const end = Date.now() + 5_000; inVain < 20 && Date.now() < end;) await sleep(5);
    inVain = 0;
    const { erasure } = await erasures.request(caller, 'bob', 'case');
    await untilFinished(erasures, erasure.erasure_id);
    expect(inVain).toBeLessThan(16);
  });

  it('knows no erasure that was never asked for', async () => {
    expect(await gateway({}).show('00000000-0000-4000-8000-000000000000')).toBeNull();
  });
});
