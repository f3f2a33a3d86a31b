// Who was refused and who read what, in the ledger for those who may see it; and the erasure of one person.
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { login } from '../support/api-client.ts';
import { makeImage } from './images.ts';
import { people, serviceUrl, type Person } from './service.ts';

interface Event {
  readonly type: string;
  readonly stream: string;
  readonly actor: { readonly user: string; readonly project: string | null };
  readonly request_id: string;
  readonly causation_id?: string;
  readonly id: string;
  readonly data: any;
}
interface Page {
  readonly events: readonly Event[];
  readonly request_contexts: Readonly<Record<string, object>>;
}

const verifier = join(import.meta.dirname, '../../libs/verify/bin/cloud-images-verify.mjs');

describe('the security of projects', () => {
  let demo: Person;
  let alt: Person;
  let reader: Person;
  let admin: Person;
  let eve: Person;

  beforeAll(async () => {
    ({ demo, alt, reader, admin, eve } = await people({
      ...{ demo: 'demo', alt: 'alt', reader: 'demo', admin: 'admin', eve: 'security' },
    }));
  });
  afterAll(() => Promise.all([demo, alt, reader, admin, eve].map(({ client }) => client.close())));

  /** The admin's page of such events, newest first, once there are so many, or those that are waited for. */
  async function told(query: string, wanted: number | ((events: readonly Event[]) => boolean) = 1): Promise<Page> {
    const isAll = typeof wanted === 'number' ? (events: readonly Event[]) => events.length >= wanted : wanted;
    for (const end = Date.now() + 20_000; Date.now() < end; await sleep(100)) {
      const { json } = await admin.client.call('GET', `/v1/events?category=security&with=request_contexts&${query}`);
      if (isAll((json as Page).events)) return json as Page;
    }
    throw new Error(`not the events that were waited for: ${query}`);
  }

  it('tells admins of failed logins: whom they claimed to be, from where, and nothing that was typed', async () => {
    const typed = `typed-${randomUUID()}`;
    for (const [user, password] of [
      ['demo', typed],
      [typed, 'x'],
    ] as const)
      await expect(login(serviceUrl(), user, 'demo', password)).rejects.toThrow(/401/);
    // Others fail to log in at the same service.
    const claimed = (of: readonly Event[]) =>
      of.filter(({ data }) => data.reason === 'password').map(({ data }) => data.user_id);
    const { events, request_contexts: contexts } = await told('type=AuthenticationFailed&limit=1000', (of) =>
      [demo.userId, null].every((user) => claimed(of).includes(user)),
    );
    const [one] = events;
    expect(one?.stream).toBe('security-unknown');
    expect(contexts[one?.request_id ?? '']).toMatchObject({ source_address: '127.0.0.1' });
    expect(JSON.stringify({ events, contexts })).not.toContain(typed);
    expect(await everythingIn('gateway')).not.toContain(typed);
    expect(await everythingIn('gateway')).not.toContain(demo.client.token);
  });

  it('tells admins who was denied what, also where the answer says that there is nothing', async () => {
    const id = await makeImage(demo, { fields: { visibility: 'private' } });
    expect((await eve.client.call('GET', `/v2/images/${id}`)).status).toBe(404);
    expect((await eve.client.call('POST', `/v2/images/${id}/members`, { body: { member: 'x' } })).status).toBe(404);
    await demo.client.patch(id, [{ op: 'replace', path: '/visibility', value: 'community' }]);
    expect((await eve.client.call('DELETE', `/v2/images/${id}`)).status).toBe(403);
    const { events } = await told(`type=AccessDenied&image=${id}`, 3);
    const found = events.map(({ actor, data }) => [actor.user, data.operation, data.reason]);
    expect(found.sort()).toEqual(
      [
        [eve.userId, 'GET /v2/images/{id}', 'not-found'],
        [eve.userId, 'POST /v2/images/{id}/members', 'not-found'],
        [eve.userId, 'DELETE /v2/images/{id}', 'forbidden'],
      ].sort(),
    );
    // Of an image that there is not nobody is denied anything.
    const none = randomUUID();
    expect((await eve.client.call('GET', `/v2/images/${none}`)).status).toBe(404);
    expect((await eve.client.call('POST', '/v1/erasures', { body: {} })).status).toBe(400);
    expect((await eve.client.call('GET', `/v1/erasures/${none}`)).status).toBe(403);
    await told(`type=AccessDenied&actor=${eve.userId}`, 4);
    expect((await told(`image=${none}`, 0)).events).toEqual([]);
  });

  it('tells admins who read which image, how much of it and from where to where; not each time anew', async () => {
    const id = await makeImage(eve, { data: true });
    const path = `/v2/images/${id}/file`;
    const { body } = await eve.client.call('GET', path, { headers: { range: 'bytes=1-3' } });
    const { events } = await told(`type=ImageDataSent&image=${id}`);
    expect(events[0]).toMatchObject({
      stream: `security-${eve.projectId}`,
      actor: { user: eve.userId, project: eve.projectId },
      data: { bytes: body.length, range: { start: 1, end: 3 }, count: 1, unfinished: 0 },
    });
    for (let nth = 0; nth < 20; nth += 1) await eve.client.call('GET', path);
    // Those like it come together when a minute is over.
    await sleep(1_000);
    expect((await told(`type=ImageDataSent&image=${id}`)).events).toHaveLength(1);
  });

  it('shows nothing of it to projects, whose image it was or who did it', async () => {
    const own = await makeImage(demo);
    await eve.client.call('DELETE', `/v2/images/${own}`);
    const [event] = (await told(`type=AccessDenied&image=${own}`)).events;
    for (const { client } of [demo, eve, alt, reader]) {
      expect((await client.call('GET', '/v1/events?category=security')).json.events).toEqual([]);
      expect((await client.call('GET', `/v1/events/${event?.id}`)).status).toBe(404);
    }
  });

  it('lets admins alone have a person forgotten, and says what is wrong with what they ask', async () => {
    const body = { user_id: demo.userId, reason: 'case 1' };
    for (const { client } of [demo, reader]) {
      expect((await client.call('POST', '/v1/erasures', { body })).json).toMatchObject({ error: 'forbidden' });
      expect((await client.call('GET', `/v1/erasures/${randomUUID()}`)).json).toMatchObject({ error: 'forbidden' });
    }
    expect((await admin.client.call('GET', `/v1/erasures/${randomUUID()}`)).status).toBe(404);
    for (const wrong of [{}, { user_id: 'a b', reason: 'x' }, { user_id: 'a' }, { ...body, reason: '' }])
      expect((await admin.client.call('POST', '/v1/erasures', { body: wrong })).status).toBe(400);
  });

  it('forgets a person in every service, says so, and everything verifies as before', async () => {
    const mine = await makeImage(eve, { data: true });
    await eve.client.call('GET', `/v2/images/${mine}/file`);
    await eve.client.call('POST', `/v2/images/${mine}/members`, { body: { member: 'somebody' } });
    await told(`image=${mine}&type=ImageDataSent`);
    const named = async () => {
      const { json } = await admin.client.call(
        'GET',
        `/v1/events?actor=${eve.userId}&with=request_contexts&limit=1000`,
      );
      const page = json as Page;
      const known = page.events.filter(({ request_id: request }) => isNamed(page.request_contexts[request]));
      return {
        events: page.events,
        known: known.length,
        requests: Object.values(page.request_contexts).filter(isNamed).length,
        contexts: JSON.stringify(page.request_contexts),
      };
    };
    const before = await named();
    expect(before.known).toBeGreaterThan(3);
    expect(before.contexts).toContain('"user_name":"eve"');

    const body = { user_id: eve.userId, reason: 'case 2' };
    const asked = await admin.client.call('POST', '/v1/erasures', { body });
    expect(asked).toMatchObject({ status: 202, json: { user_id: eve.userId, status: 'pending' } });
    const path = `/v1/erasures/${asked.json.id}`;
    let shown = asked;
    for (const end = Date.now() + 30_000; Date.now() < end && shown.json.status !== 'done'; await sleep(200))
      shown = await admin.client.call('GET', path);
    expect(shown.json).toMatchObject({ status: 'done', user_id: eve.userId });
    expect(Object.keys(shown.json.services).sort()).toEqual(['catalog', 'gateway', 'membership', 'task-worker']);

    const after = await named();
    expect([after.known, after.events.slice(-before.events.length)]).toEqual([0, before.events]);
    const [erased] = (await told(`type=PersonErased&request=${asked.headers['x-openstack-request-id']}`)).events;
    const { events: requests, request_contexts: contexts } = await told(
      `type=PersonErasureRequested&request=${asked.headers['x-openstack-request-id']}`,
    );
    expect(requests).toMatchObject([
      { actor: { user: admin.userId }, data: { erasure_id: asked.json.id, user_id: eve.userId, reason: 'case 2' } },
    ]);
    // Who asked for it is no secret to auditors.
    expect(contexts[requests[0]?.request_id ?? '']).toMatchObject({ user_name: 'admin' });
    expect(erased).toMatchObject({ causation_id: requests[0]?.id, data: { user_id: eve.userId } });
    expect(erased?.data.contexts).toBeGreaterThanOrEqual(before.requests);
    for (const database of ['catalog', 'membership', 'tasks', 'gateway'])
      expect(await everythingIn(database)).not.toContain('"eve"');
    await verifies(admin, erased?.id ?? '');
  }, 90_000);
});

/** Whether something is told of a person. */
const isNamed = (context: object | undefined): boolean => Object.keys(context ?? {}).length > 0;

/** All of a service's log and what is beside it, as text. */
async function everythingIn(database: string): Promise<string> {
  const run = join(process.env['CLOUD_IMAGES_TEST_DATA'] ?? '', 'run.json');
  const { databases } = JSON.parse(readFileSync(run, 'utf8')) as { databases: Record<string, string> };
  const client = new pg.Client({ connectionString: databases[database] });
  await client.connect();
  try {
    const { rows } = await client.query<{ text: string }>(
      'SELECT e::text AS text FROM log.events e UNION ALL SELECT c.context::text FROM log.request_contexts c',
    );
    return rows.map(({ text }) => text).join('\n');
  } finally {
    await client.end();
  }
}

/** The whole ledger, offline, once a checkpoint covers the event. */
async function verifies({ client }: Person, eventId: string): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'cloud-images-security-'));
  try {
    const covered = async () => (await client.call('GET', `/v1/events/${eventId}`)).json.provable === true;
    for (const end = Date.now() + 20_000; Date.now() < end && !(await covered());) await sleep(100);
    const save = async (name: string, path: string) => {
      writeFileSync(join(directory, name), (await client.call('GET', path, { timeoutMs: 60_000 })).body);
      return join(directory, name);
    };
    const keys = await save('keys.json', '/v1/keys');
    const checkpoints = await save('checkpoints.json', '/v1/checkpoints?limit=1000');
    const file = await save('export.ndjson', '/v1/export');
    const out = await new Promise<string>((done) =>
      execFile(process.execPath, [verifier, file, '--keys', keys, '--checkpoints', checkpoints], (_e, said, err) =>
        done(said + err),
      ),
    );
    expect(out).toMatch(/^intact: \d+ events/);
  } finally {
    rmSync(directory, { recursive: true });
  }
}
