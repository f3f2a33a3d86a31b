import { setTimeout as sleep } from 'node:timers/promises';
import { ServiceUnavailable } from '@cloud-images/service-kit';
import { TaskFailure, type Runner, type RunningTask } from './task/runner.js';
import { TaskWorld, type Call } from './testing/task-worker-process.js';

const demo = { user: 'u', project: 'demo', roles: ['member'], source: 'embedded' } as const;
const alt = { ...demo, project: 'alt' };

/** Does what its input says, and remembers what it was called for. */
class Probe implements Runner {
  readonly byUsers = true;
  readonly runs: string[] = [];
  readonly discarded: string[] = [];

  problemOf(input: Readonly<Record<string, unknown>>): string | null {
    return typeof input['does'] === 'string' ? null : "'input.does' must be given, as a text.";
  }

  async run({ task, signal, progress }: RunningTask): Promise<Record<string, unknown>> {
    this.runs.push(task.id);
    const { does } = task.input as { does: string };
    if (does === 'fail') throw new TaskFailure('No such thing.');
    if (does === 'break') throw new TypeError('a fault');
    if (does === 'progress') for (let at = 0; at <= 100; at += 1) progress(at, 100);
    if (does === 'wait') await sleep(60_000, undefined, { signal });
    if (does === 'be slow at first' && this.runs.filter((id) => id === task.id).length === 1) {
      await sleep(60_000, undefined, { signal });
    }
    if (does === 'meet an outage at first' && this.runs.filter((id) => id === task.id).length === 1) {
      throw new ServiceUnavailable('away');
    }
    return { did: does };
  }

  async discard({ id }: RunningTask['task']): Promise<void> {
    this.discarded.push(id);
  }
}

let world: TaskWorld;
let probe: Probe;
let as: Call;

beforeAll(async () => {
  world = await TaskWorld.create();
  probe = new Probe();
  await world.worker(new Map([['probe', probe]]));
  as = world.as(demo);
}, 60_000);
afterAll(() => world?.stop());

const ask = async (does: string, call = as): Promise<string> => {
  const { status, json } = await call('POST', '/v2/tasks', { type: 'probe', input: { does } });
  expect(json).toMatchObject({ status: 'pending' });
  expect(status).toBe(201);
  return json.id;
};

async function until(id: string, ...statuses: string[]): Promise<any> {
  for (const end = Date.now() + 20_000; Date.now() < end; await sleep(20)) {
    const { json } = await as('GET', `/v2/tasks/${id}`);
    if (statuses.includes(json.status)) return json;
  }
  throw new Error(`${id} did not become ${statuses.join(' or ')}`);
}

const eventsOf = async (id: string): Promise<string[]> => {
  const { rows } = await world.sql.query('SELECT type FROM log.events WHERE stream = $1 ORDER BY version', [
    `task-${id}`,
  ]);
  return rows.map(({ type }) => type as string);
};

describe('a task', () => {
  it('is answered with its place, done, and shown with what came of it and when it expires', async () => {
    const { status, json, headers } = await as('POST', '/v2/tasks', { type: 'probe', input: { does: 'well' } });
    expect([status, headers.get('location')]).toEqual([201, `http://images.example:9292/v2/tasks/${json.id}`]);
    expect(json).toEqual({
      ...{ id: expect.stringMatching(/^[0-9a-f-]{36}$/), type: 'probe', status: 'pending', owner: 'demo' },
      ...{ input: { does: 'well' }, result: null, message: 'None', progress: null },
      ...{ created_at: expect.stringMatching(/^[\d-]+T[\d:]+Z$/), updated_at: json.created_at },
      ...{ self: `/v2/tasks/${json.id}`, schema: '/v2/schemas/task' },
    });
    const done = await until(json.id, 'success');
    expect(done).toMatchObject({ result: { did: 'well' }, message: 'None' });
    expect(Date.parse(done.expires_at) - Date.parse(done.updated_at)).toBe(172_800_000);
    expect(await eventsOf(json.id)).toEqual(['TaskRequested', 'TaskStarted', 'TaskSucceeded']);
  });

  it('that can not be done says why, once all it had made is removed', async () => {
    const id = await ask('fail');
    expect(await until(id, 'failure')).toMatchObject({ message: 'No such thing.', result: null });
    expect(probe.discarded.filter((one) => one === id)).toEqual([id]);
    expect(await eventsOf(id)).toEqual(['TaskRequested', 'TaskStarted', 'TaskFailed']);
  });

  it('that breaks tells nothing of our insides', async () => {
    expect(await until(await ask('break'), 'failure')).toMatchObject({
      message: 'The task could not be done, because of an error on our side.',
    });
  });

  it('says how far it is, every ten percent', async () => {
    const id = await ask('progress');
    await until(id, 'success');
    expect((await eventsOf(id)).filter((type) => type === 'TaskProgressed')).toHaveLength(9);
  });

  it('is cancelled while it is worked on: failure at once, and what it had made is removed', async () => {
    const id = await ask('wait');
    await until(id, 'processing');
    const { status, json } = await as('POST', `/v2/tasks/${id}/cancel`);
    expect([status, json.status, json.message]).toEqual([200, 'failure', 'Cancelled']);
    for (const end = Date.now() + 5_000; !probe.discarded.includes(id) && Date.now() < end;) await sleep(20);
    expect(probe.discarded).toContain(id);
    expect((await as('POST', `/v2/tasks/${id}/cancel`)).status).toBe(200);
    expect(await eventsOf(id)).toEqual(['TaskRequested', 'TaskStarted', 'TaskCancelled']);
  });

  it('belongs to its project: to others, and once its time is over, it is not there', async () => {
    const id = await ask('well');
    await until(id, 'success');
    for (const [method, path] of [
      ['GET', ''],
      ['POST', '/cancel'],
    ] as const) {
      expect((await world.as(alt)(method, `/v2/tasks/${id}${path}`)).status).toBe(404);
    }
    expect((await world.as({ ...demo, roles: ['reader'] })('GET', `/v2/tasks/${id}`)).status).toBe(200);
    expect((await world.as({ ...demo, roles: ['reader'] })('POST', `/v2/tasks/${id}/cancel`)).status).toBe(403);
    expect((await as('GET', '/v2/tasks/nothing')).status).toBe(404);
    await world.sql.query("UPDATE read_model.tasks SET expires_at = now() - interval '1 s' WHERE id = $1", [id]);
    expect((await as('GET', `/v2/tasks/${id}`)).status).toBe(404);
    expect((await as('GET', '/v2/tasks?limit=1000')).json.tasks.map((task: any) => task.id)).not.toContain(id);
  });

  it('is asked for once with an Idempotency-Key', async () => {
    const body = { type: 'probe', input: { does: 'well' } };
    const first = await as('POST', '/v2/tasks', body, { 'idempotency-key': 'k1' });
    const again = await as('POST', '/v2/tasks', body, { 'idempotency-key': 'k1' });
    expect(again.json.id).toBe(first.json.id);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
  });

  it.each([
    [{ input: {} }, "'type' must say what is to be done."],
    [{ type: 'probe' }, "'input' must be an object."],
    [{ type: 'probe', input: 'well' }, "'input' must be an object."],
    [{ type: 'nothing', input: {} }, "'type' must be one of"],
    [{ type: 'probe', input: {} }, "'input.does' must be given"],
    [{ type: 'probe', input: { does: 'a\u0000b' } }, "'input' must not have NUL"],
  ])('%j is refused: %s', async (body, says) => {
    const { status, json } = await as('POST', '/v2/tasks', body);
    expect([status, json.error]).toEqual([400, 'invalid-body']);
    expect(json.message).toContain(says);
  });

  it('is refused to readers, and to those without a project', async () => {
    const body = { type: 'probe', input: { does: 'well' } };
    for (const who of [
      { ...demo, roles: ['reader'] },
      { ...demo, project: null },
    ]) {
      expect((await world.as(who)('POST', '/v2/tasks', body)).status).toBe(403);
    }
  });
});

describe('the log of all tasks', () => {
  it('is read by the service that keeps the ledger, from any place on, and by none that the table leaves out', async () => {
    const id = await ask('well');
    await until(id, 'success');
    const audit = world.asService('audit');
    const { rows } = await world.sql.query(
      `SELECT event_id::text AS event_id, transaction_id::text || '.' || position AS place
         FROM log.events ORDER BY transaction_id, position`,
    );
    const idsOf = (page: any): string[] => page.events.map((event: { event_id: string }) => event.event_id);
    let { status, json } = await audit('GET', '/internal/log?limit=1000');
    // What is above the horizon, which transactions of other tests hold back too, is shown a little later.
    for (const end = Date.now() + 10_000; idsOf(json).length < rows.length && Date.now() < end; await sleep(20)) {
      ({ status, json } = await audit('GET', '/internal/log?limit=1000'));
    }
    const ids = idsOf(json);
    expect([status, ids]).toEqual([200, rows.map(({ event_id }) => event_id as string)]);
    const { json: rest } = await audit('GET', `/internal/log?limit=2&after=${rows[0].place}`);
    expect(idsOf(rest)).toEqual(ids.slice(1, 3));
    for (const end = Date.now() + 10_000; Date.now() < end; await sleep(20)) {
      const { json: head } = await audit('GET', '/internal/log?limit=0');
      if (head.relayed >= ids.length) break;
    }
    expect((await audit('GET', '/internal/log?limit=0')).json).toMatchObject({ log_id: json.log_id, events: [] });
    expect((await audit('GET', '/internal/log?limit=0')).json.relayed).toBeGreaterThanOrEqual(ids.length);
    expect((await audit('GET', '/internal/log?after=1')).json).toMatchObject({ error: 'bad-request' });
    expect((await world.asService('newcomer')('GET', '/internal/log')).status).toBe(403);
  });
});

describe('a task whose worker is not heard of any more', () => {
  it('is begun again by another, ends once, and what the first one says is no fact', async () => {
    const id = await ask('be slow at first');
    await until(id, 'processing');
    // As when the worker had died ten minutes ago, but that it does not know.
    await world.sql.query("UPDATE log.task_leases SET lease_until = now() - interval '1 s' WHERE task_id = $1", [id]);
    await world.sql.query("UPDATE jobs.job SET started_on = now() - interval '600 s' WHERE id = $1", [id]);
    await until(id, 'success');
    expect(await eventsOf(id)).toEqual(['TaskRequested', 'TaskStarted', 'TaskResumed', 'TaskSucceeded']);
    expect(probe.runs.filter((one) => one === id)).toHaveLength(2);
  }, 60_000);

  it('is protected by its lease while that lives, whatever the queue hands out', async () => {
    const id = await ask('wait');
    await until(id, 'processing');
    await world.sql.query("UPDATE jobs.job SET state = 'created', started_on = NULL WHERE id = $1", [id]);
    await sleep(3_000);
    expect(probe.runs.filter((one) => one === id)).toHaveLength(1);
    await as('POST', `/v2/tasks/${id}/cancel`);
  }, 30_000);

  it('is tried again when what it needs was away', async () => {
    const id = await ask('meet an outage at first');
    await until(id, 'success');
    expect(await eventsOf(id)).toEqual(['TaskRequested', 'TaskStarted', 'TaskResumed', 'TaskSucceeded']);
  }, 30_000);
});

describe('projects', () => {
  it('take turns: one that asks for many delays itself, and nobody else', async () => {
    const crowd = await TaskWorld.create();
    try {
      const seen = new Probe();
      // First without work, so that all of them wait at once.
      const front = await crowd.worker(new Map([['probe', seen]]), { CLOUD_IMAGES_TASK_CONCURRENCY: '0' });
      const owners = new Map<string, string>();
      for (const [project, count] of [
        ['many', 20],
        ['few', 3],
        ['one', 1],
      ] as const) {
        for (let n = 0; n < count; n += 1) {
          const { json } = await crowd.as({ ...demo, project }, front)('POST', '/v2/tasks', {
            type: 'probe',
            input: { does: 'well' },
          });
          owners.set(json.id, project);
        }
      }
      await crowd.worker(new Map([['probe', seen]]), { CLOUD_IMAGES_TASK_CONCURRENCY: '1' });
      for (const end = Date.now() + 30_000; seen.runs.length < 24 && Date.now() < end;) await sleep(50);
      const order = seen.runs.map((id) => owners.get(id));
      expect(order).toHaveLength(24);
      expect(order.slice(0, 3).sort()).toEqual(['few', 'many', 'one']);
      expect(order.slice(3, 7).filter((project) => project === 'few')).toHaveLength(2);
    } finally {
      await crowd.stop();
    }
  }, 60_000);
});

describe('a list of tasks', () => {
  it('shows stubs, newest first, page by page, with links that keep the parameters', async () => {
    const mine = world.as({ ...demo, project: 'lister' });
    const ids: string[] = [];
    for (let n = 0; n < 3; n += 1) ids.unshift(await ask('well', mine));
    const first = (await mine('GET', '/v2/tasks?limit=2&type=probe')).json;
    expect(first.tasks.map((task: any) => task.id)).toEqual(ids.slice(0, 2));
    expect(Object.keys(first.tasks[0])).toEqual(expect.not.arrayContaining(['input', 'result', 'message']));
    expect(first).toMatchObject({
      first: '/v2/tasks?limit=2&type=probe',
      next: `/v2/tasks?limit=2&type=probe&marker=${ids[1]}`,
      schema: '/v2/schemas/tasks',
    });
    const second = (await mine('GET', first.next)).json;
    expect(second.tasks.map((task: any) => task.id)).toEqual(ids.slice(2));
    expect(second.next).toBeUndefined();
    const upwards = (await mine('GET', '/v2/tasks?sort_key=created_at&sort_dir=asc')).json.tasks;
    expect(upwards.map((task: any) => task.id)).toEqual([...ids].reverse());
    expect((await mine('GET', '/v2/tasks?status=pending&type=probe')).status).toBe(200);
  });

  it.each([
    ['status=gone', 'invalid-filter'],
    ['type=nothing', 'invalid-filter'],
    ['sort_key=owner', 'invalid-sort'],
    ['sort_dir=up', 'invalid-sort'],
    ['limit=-1', 'invalid-limit'],
    ['marker=nothing', 'invalid-marker'],
    ['marker=3e0c4f7a-6b1d-4f0e-8a2c-5d9e7b1f2a64', 'invalid-marker'],
  ])('?%s is refused as %s', async (query, code) => {
    const { status, json } = await as('GET', `/v2/tasks?${query}`);
    expect([status, json.error]).toEqual([400, code]);
  });
});

describe('tasks whose time is over', () => {
  it('are ended by an event each', async () => {
    const short = await TaskWorld.create();
    try {
      await short.worker(new Map([['probe', probe]]), { CLOUD_IMAGES_TASK_EXPIRY_SECONDS: '1' });
      const call = short.as(demo);
      const { json } = await call('POST', '/v2/tasks', { type: 'probe', input: { does: 'well' } });
      let types: string[] = [];
      for (const end = Date.now() + 20_000; !types.includes('TaskExpired') && Date.now() < end; await sleep(50)) {
        const { rows } = await short.sql.query('SELECT type FROM log.events ORDER BY version');
        types = rows.map(({ type }) => type as string);
      }
      expect(types).toEqual(['TaskRequested', 'TaskStarted', 'TaskSucceeded', 'TaskExpired']);
      expect((await call('GET', `/v2/tasks/${json.id}`)).status).toBe(404);
      expect((await short.sql.query('SELECT 1 FROM log.task_leases')).rowCount).toBe(0);
    } finally {
      await short.stop();
    }
  }, 60_000);
});
