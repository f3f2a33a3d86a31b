// The history of images through the gateway: who may read what, pages, proofs, the export, the live feed.
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer } from '../support/api-client.ts';
import { makeImage, share } from './images.ts';
import { people, serviceUrl, type Person } from './service.ts';

interface Event {
  readonly position: number;
  readonly id: string;
  readonly type: string;
  readonly stream: string;
  readonly actor: { readonly user: string; readonly project: string };
  readonly request_id: string;
  readonly time: string;
}

const verifier = join(import.meta.dirname, '../../libs/verify/bin/cloud-images-verify.mjs');

describe('the ledger of all events', () => {
  let demo: Person;
  let alt: Person;
  let reader: Person;
  let nobody: Person;
  let admin: Person;
  let id: string;

  beforeAll(async () => {
    ({ demo, alt, reader, nobody, admin } = await people({
      demo: 'demo',
      alt: 'alt',
      reader: 'demo',
      nobody: 'demo',
      admin: 'admin',
    }));
    id = await makeImage(demo, { data: true });
    await share(id, demo, alt, 'accepted');
    await demo.client.call('DELETE', `/v2/images/${id}`);
    await eventsOf(demo, id, (events) => events.length === 6);
  });
  afterAll(() => Promise.all([demo, alt, reader, nobody, admin].map(({ client }) => client.close())));

  /** An image's history once it is what one waits for: events come within moments of the answer. */
  async function eventsOf(person: Person, image: string, enough: (events: Event[]) => boolean): Promise<Event[]> {
    let answer: Answer | undefined;
    for (const end = Date.now() + 10_000; Date.now() < end; await sleep(50)) {
      answer = await person.client.call('GET', `/v2/images/${image}/events`);
      if (answer.status === 200 && enough(answer.json.events as Event[])) return answer.json.events as Event[];
    }
    throw new Error(`waited in vain: ${answer?.status} ${answer?.body.toString('utf8')}`);
  }

  /** An image's creation: not the first event of all when its members' service was heard sooner. */
  function createdIn(events: Event[]): Event | undefined {
    return events.find(({ type }) => type === 'ImageCreated');
  }

  it('tells an image’s owner all that happened, oldest first, also when the image is deleted', async () => {
    const events = await eventsOf(demo, id.toUpperCase(), () => true);
    expect(events.map(({ type }) => type).sort()).toEqual([
      'ImageActivated',
      'ImageCreated',
      'ImageDeletionScheduled',
      'ImageUploadStarted',
      'MemberAccepted',
      'MemberAdded',
    ]);
    expect(events.map(({ position }) => position)).toEqual(
      events.map(({ position }) => position).sort((a, b) => a - b),
    );
    expect(createdIn(events)).toMatchObject({
      stream: `image-${id}`,
      version: 1,
      actor: { user: demo.userId, project: demo.projectId, via: 'gateway' },
      data: { from: null, to: 'queued' },
    });
  });

  it('tells a member what names its project, and nobody else that there is such an image', async () => {
    const events = await eventsOf(alt, id, () => true);
    expect(events.map(({ type }) => type)).toEqual(['MemberAdded', 'MemberAccepted']);
    const own = await makeImage(alt);
    await eventsOf(alt, own, (all) => all.length === 1);
    expect((await demo.client.call('GET', `/v2/images/${own}/events`)).json).toMatchObject({ error: 'not-found' });
    expect((await demo.client.call('GET', `/v2/images/${randomUUID()}/events`)).status).toBe(404);
    const listed = (await alt.client.call('GET', '/v1/events?limit=1000')).json.events as Event[];
    expect(listed.filter(({ stream }) => stream === `image-${id}`)).toEqual([]);
  });

  it('lets a reader read and refuses somebody whose roles mean nothing, on every route', async () => {
    expect((await eventsOf(reader, id, () => true)).length).toBe(6);
    for (const path of [
      '/v1/events',
      `/v1/events/${randomUUID()}`,
      `/v2/images/${id}/events`,
      '/v1/feed',
      '/v1/export',
      '/v1/checkpoints',
      '/v1/checkpoints/latest',
      `/v1/proofs/inclusion?event=${randomUUID()}`,
      '/v1/proofs/consistency?first=0',
    ]) {
      expect([path, (await nobody.client.call('GET', path)).json]).toMatchObject([path, { error: 'forbidden' }]);
      const anonymous = await fetch(serviceUrl() + path);
      expect([path, anonymous.status]).toEqual([path, 401]);
      await anonymous.body?.cancel();
    }
  });

  it('shows an admin everything, in pages, by any condition, newest or oldest first', async () => {
    const all: Event[] = [];
    for (let path = '/v1/events?order=asc&limit=7'; path;) {
      const { json } = await admin.client.call('GET', path);
      all.push(...(json.events as Event[]));
      path = all.length < 40 ? (json.next as string) : '';
    }
    expect(all.map(({ position }) => position)).toEqual(all.map((_, at) => at));
    // What is sealed while it is asked for may count already.
    const newest = async () => {
      const { json } = await admin.client.call('GET', '/v1/events?limit=1');
      return (json.events as Event[])[0]?.position === (json.size as number) - 1;
    };
    for (const end = Date.now() + 10_000; Date.now() < end && !(await newest());) await sleep(50);
    expect(await newest()).toBe(true);
    const created = createdIn(await eventsOf(demo, id, () => true));
    const conditions = [
      `request=${created?.request_id}`,
      `image=${id}&type=ImageCreated`,
      `image=${id}&actor=${demo.userId}&type=ImageCreated&type=ImagePurged`,
      `image=${id}&project=${demo.projectId}&category=image&since=${created?.time}&until=${later(created?.time)}`,
    ];
    for (const condition of conditions) {
      const found = (await admin.client.call('GET', `/v1/events?${condition}`)).json.events as Event[];
      expect([condition, found.map((event) => event.id)]).toEqual([condition, [created?.id]]);
    }
    const shown = await demo.client.call('GET', `/v1/events/${created?.id}`);
    expect(shown.json.event).toEqual(created);
    expect((await alt.client.call('GET', `/v1/events/${created?.id}`)).json).toMatchObject({ error: 'not-found' });
  });

  it('tells what becomes of a task to the project that asked for it, and to no other', async () => {
    const body = { type: 'import', input: { import_from: 'no/such.vhd', image_properties: { name: 'none' } } };
    const { status, json: task } = await demo.client.call('POST', '/v2/tasks', { body });
    expect(status).toBe(201);
    const eventsSeenBy = async ({ client }: Person, query: string): Promise<Event[]> =>
      (await client.call('GET', `/v1/events?task=${task.id}&order=asc${query}`)).json.events as Event[];
    let events: Event[] = [];
    for (const end = Date.now() + 20_000; Date.now() < end && events.at(-1)?.type !== 'TaskFailed'; await sleep(50)) {
      events = await eventsSeenBy(demo, '&category=task');
    }
    expect(events.map(({ type }) => type)).toEqual(['TaskRequested', 'TaskStarted', 'TaskFailed']);
    expect(events[0]).toMatchObject({
      ...{ kind: 'task', stream: `task-${task.id}`, version: 1 },
      actor: { user: demo.userId, project: demo.projectId, via: 'gateway' },
      data: { from: null, to: 'pending', owner: demo.projectId, task_type: 'import', input: body.input },
    });
    expect((await eventsSeenBy(reader, '&type=TaskFailed')).map(({ id: event }) => event)).toEqual([events[2]?.id]);
    expect(await eventsSeenBy(admin, '')).toEqual(events);
    expect(await eventsSeenBy(alt, '')).toEqual([]);
    expect((await alt.client.call('GET', `/v1/events/${events[0]?.id}`)).json).toMatchObject({ error: 'not-found' });
    // No task is an image.
    for (const image of [task.id, `Task ${task.id}`, `task-${task.id}`]) {
      const path = `/v2/images/${encodeURIComponent(image)}/events`;
      expect((await demo.client.call('GET', path)).json).toMatchObject({ error: 'not-found' });
    }
    const feed = await Feed.open(demo, `?from=0&task=${task.id}`);
    expect(await feed.until((fed) => fed.length === 3)).toEqual(events);
    feed.close();
  });

  it.each(['limit=0', 'limit=x', 'order=up', 'after=-1', 'since=noon', 'actor=', 'colour=red', 'request=a&request=b'])(
    'refuses ?%s and says why',
    async (query) => {
      const { status, json } = await admin.client.call('GET', `/v1/events?${query}`);
      expect({ status, json }).toMatchObject({
        status: 400,
        json: { error: /^invalid-(filter|limit)$/.exec(json.error)?.[0] },
      });
    },
  );

  it('tells an admin who the requests came from, and nobody else', async () => {
    const path = `/v1/events?image=${id}&type=ImageCreated&with=request_contexts`;
    const { json } = await admin.client.call('GET', path);
    const [event] = json.events as { request_id: string }[];
    expect(json.request_contexts[event!.request_id]).toMatchObject({ user_name: 'demo', source_address: '127.0.0.1' });
    const without = await admin.client.call('GET', `/v1/events?image=${id}`);
    expect(without.json.request_contexts).toBeUndefined();
    for (const { client } of [demo, alt]) {
      expect((await client.call('GET', path)).json).toMatchObject({ error: 'forbidden' });
    }
  });

  it('proves one event and a whole export to somebody who has neither account nor network', async () => {
    const created = createdIn(await eventsOf(demo, id, () => true));
    const directory = mkdtempSync(join(tmpdir(), 'cloud-images-verify-'));
    const save = (name: string, { body, status }: Answer): string => {
      if (status !== 200) throw new Error(`${name}: ${status} ${body.toString('utf8')}`);
      writeFileSync(join(directory, name), body);
      return join(directory, name);
    };
    try {
      const covered = async () => (await demo.client.call('GET', `/v1/events/${created?.id}`)).json.provable === true;
      for (const end = Date.now() + 20_000; Date.now() < end && !(await covered());) await sleep(100);
      const keys = join(directory, 'keys.json');
      writeFileSync(keys, await (await fetch(`${serviceUrl()}/v1/keys`)).text());
      const proof = save('proof.json', await demo.client.call('GET', `/v1/proofs/inclusion?event=${created?.id}`));
      expect(await verify('--proof', proof, '--keys', keys)).toMatchObject({ code: 0, out: /^intact: the event/ });

      const checkpoints = save('checkpoints.json', await admin.client.call('GET', '/v1/checkpoints'));
      const exported = await admin.client.call('GET', '/v1/export');
      const file = save('export.ndjson', exported);
      expect(exported.headers['content-type']).toBe('application/x-ndjson');
      expect(exported.headers['content-disposition']).toMatch(/^attachment; filename="events-0-\d+\.ndjson"$/);
      const args = ['--keys', keys, '--checkpoints', checkpoints, '--since', checkpoints];
      expect(await verify(file, ...args)).toMatchObject({ code: 0, out: /^intact: \d+ events/ });

      const lines = exported.body.toString('utf8').split('\n');
      writeFileSync(file, lines.toSpliced(1, 1).join('\n'));
      expect(await verify(file, ...args)).toMatchObject({ code: 1, out: /^NOT INTACT: removed at position 0/ });
    } finally {
      rmSync(directory, { recursive: true });
    }
  }, 60_000);

  it('exports what a project may read as a table for spreadsheets', async () => {
    const { headers, body } = await alt.client.call('GET', `/v1/export?format=csv&image=${id}`);
    expect(headers['content-type']).toBe('text/csv; charset=utf-8');
    const [head, ...rows] = body.toString('utf8').trimEnd().split('\r\n');
    expect(head).toMatch(/^position,time,id,category,type,/);
    expect(rows.map((row) => row.split(',')[4])).toEqual(['MemberAdded', 'MemberAccepted']);
  });

  it('feeds what happens as it happens, and goes on behind the last event that was seen', async () => {
    const first = await Feed.open(demo);
    const mine = await makeImage(demo);
    const others = await makeImage(alt);
    await demo.client.patch(mine, [{ op: 'replace', path: '/name', value: 'one' }]);
    const seen = await first.until((events) => events.filter(({ stream }) => stream.endsWith(mine)).length === 2);
    expect(seen.filter(({ stream }) => stream.endsWith(others))).toEqual([]);
    first.close();

    await demo.client.patch(mine, [{ op: 'replace', path: '/name', value: 'two' }]);
    await eventsOf(demo, mine, (events) => events.length === 3);
    const last = String(seen.at(-1)?.position);
    const second = await Feed.open(demo, `?image=${mine}`, { 'last-event-id': last });
    await demo.client.patch(mine, [{ op: 'replace', path: '/name', value: 'three' }]);
    const then = await second.until((events) => events.length === 2);
    expect(then.map(({ type }) => type)).toEqual(['ImageRenamed', 'ImageRenamed']);
    second.close();
    expect([...seen, ...then].filter(({ stream }) => stream.endsWith(mine)).map(({ type }) => type)).toEqual([
      'ImageCreated',
      'ImageRenamed',
      'ImageRenamed',
      'ImageRenamed',
    ]);
  });

  it('feeds from any position, and refuses one that there is not', async () => {
    const feed = await Feed.open(admin, '?from=0&type=ImageCreated');
    const [event] = await feed.until((events) => events.length > 0);
    feed.close();
    expect(event).toMatchObject({ type: 'ImageCreated', version: 1 });
    const { status, json } = await admin.client.call('GET', '/v1/feed?from=999999999');
    expect({ status, json }).toMatchObject({ status: 400, json: { error: 'invalid-marker' } });
  });
});

const later = (time = ''): string =>
  time.replace(/(\d{5})Z$/, (_, micros: string) => `${String(Number(micros) + 1).padStart(5, '0')}Z`);

function verify(...args: string[]): Promise<{ code: number; out: string }> {
  return new Promise((done) => {
    execFile(process.execPath, [verifier, ...args], (error, out, err) =>
      done({ code: error ? Number(error.code) : 0, out: out + err }),
    );
  });
}

/** A reader of server-sent events. */
class Feed {
  private readonly events: Event[] = [];
  private readonly reading: Promise<void>;

  private constructor(
    body: ReadableStream<Uint8Array>,
    private readonly controller: AbortController,
  ) {
    this.reading = this.read(body).catch(() => undefined);
  }

  static async open({ client }: Person, query = '', headers: Record<string, string> = {}): Promise<Feed> {
    const controller = new AbortController();
    const answer = await fetch(`${client.url}/v1/feed${query}`, {
      headers: { 'x-auth-token': client.token, accept: 'text/event-stream', ...headers },
      signal: controller.signal,
    });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
    return new Feed(answer.body as ReadableStream<Uint8Array>, controller);
  }

  async until(enough: (events: readonly Event[]) => boolean): Promise<readonly Event[]> {
    for (const end = Date.now() + 10_000; !enough(this.events); await sleep(20)) {
      if (Date.now() > end) throw new Error(`fed in vain: ${JSON.stringify(this.events)}`);
    }
    return [...this.events];
  }

  close(): void {
    this.controller.abort();
    void this.reading;
  }

  private async read(body: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    let text = '';
    for await (const chunk of body) {
      text += decoder.decode(chunk, { stream: true });
      const blocks = text.split('\n\n');
      text = blocks.pop() as string;
      for (const block of blocks) {
        const data = /^data: (.*)$/m.exec(block)?.[1];
        if (data === undefined) continue;
        const event = JSON.parse(data) as Event;
        if (`id: ${event.position}` !== /^id: \d+$/m.exec(block)?.[0]) throw new Error(`${block}: another id`);
        this.events.push(event);
      }
    }
  }
}
