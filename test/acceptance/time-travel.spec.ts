// The past, asked for with `at=`: a recorder notes what the API itself answers between the steps of a random history, and
// afterwards the answers for random times must be those.
import { randomInt, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { DATA } from './images.ts';
import { people, type Person } from './service.ts';

const STEPS = 90;
const QUESTIONS = 1_000;

interface Recording {
  /** Milliseconds between which nothing happened. */
  readonly from: number;
  readonly to: number;
  /** Person → what its list was, of the images of this history. */
  readonly lists: Readonly<Record<string, readonly object[]>>;
  /** Person and image → the document; null: 404. */
  readonly shown: ReadonlyMap<string, object | null>;
}

describe('the past', () => {
  let watchers: Person[];
  let demo: Person;
  let alt: Person;
  let admin: Person;
  let nobody: Person;
  const images: string[] = [];
  const recordings: Recording[] = [];
  let now: ReadonlyMap<string, object | null> = new Map();

  beforeAll(async () => {
    ({ demo, alt, admin, nobody } = await people({ demo: 'demo', alt: 'alt', admin: 'admin', nobody: 'demo' }));
    watchers = [demo, alt, admin];
    for (let step = 0; step < STEPS; step += 1) {
      await happen(step);
      recordings.push(await record());
    }
    now = (recordings.at(-1) as Recording).shown;
  }, 240_000);
  afterAll(() => Promise.all([demo, alt, admin, nobody].map(({ client }) => client.close())));

  const any = <T>(values: readonly T[]): T => values[randomInt(values.length)] as T;
  const patch = (path: string, value: unknown, op = 'add') => demo.client.patch(any(images), [{ op, path, value }]);
  const visibility = (value: string) =>
    admin.client.patch(any(images), [{ op: 'replace', path: '/visibility', value }]);
  const image = () => `/v2/images/${any(images)}`;
  const act = (what: string) => demo.client.call('POST', `${image()}/actions/${what}`);
  const answer = (status: string) =>
    alt.client.call('PUT', `${image()}/members/${alt.projectId}`, { body: { status } });

  /** What a step may do; refused ones (a tag that is not there, a member of a private image) are part of it. */
  const steps: readonly (() => Promise<unknown>)[] = [
    () => create(),
    () => create(),
    () => patch('/name', `name-${randomUUID()}`, 'replace'),
    () => patch('/custom', randomUUID()),
    () => patch('/__proto__', randomUUID()),
    () => patch('/os_hidden', any([true, false]), 'replace'),
    () => visibility(any(['private', 'shared', 'shared', 'community', 'public'])),
    () => demo.client.upload(any(images), DATA),
    () => demo.client.call('PUT', `${image()}/tags/${any(['a', 'b'])}`),
    () => demo.client.call('DELETE', `${image()}/tags/${any(['a', 'b'])}`),
    () => demo.client.call('POST', `${image()}/members`, { body: { member: alt.projectId } }),
    () => answer(any(['accepted', 'accepted', 'rejected', 'pending'])),
    () => answer('accepted'),
    () => demo.client.call('DELETE', `${image()}/members/${alt.projectId}`),
    () => act(any(['deactivate', 'reactivate'])),
    () => demo.client.call('DELETE', image()),
    () => act('restore'),
    () => act('purge'),
  ];

  async function create(): Promise<void> {
    const { json } = await demo.client.call('POST', '/v2/images', {
      body: { name: `past-${randomUUID()}`, disk_format: 'raw', container_format: 'bare' },
    });
    images.push(json.id as string);
  }

  const happen = (step: number): Promise<unknown> => (step < 3 ? create() : any(steps)());

  async function record(): Promise<Recording> {
    await sleep(3);
    const from = Date.now();
    const shown = new Map<string, object | null>();
    const lists: Record<string, object[]> = {};
    await Promise.all(
      watchers.map(async (person) => {
        lists[person.name] = await listed(person, 'limit=1000');
        for (const id of images) shown.set(`${person.name} ${id}`, await document(person, id, ''));
      }),
    );
    const to = Date.now();
    await sleep(3);
    return { from, to, lists, shown };
  }

  async function listed(person: Person, query: string): Promise<object[]> {
    const { status, json, body } = await person.client.call('GET', `/v2/images?${query}`);
    if (status !== 200) throw new Error(`${status} ${body.toString('utf8')}`);
    return (json.images as { id: string }[]).filter(({ id }) => images.includes(id));
  }

  async function document({ client }: Person, id: string, query: string): Promise<object | null> {
    const { status, json, body } = await client.call('GET', `/v2/images/${id}${query}`);
    if (status !== 200 && status !== 404) throw new Error(`${status} ${body.toString('utf8')}`);
    return status === 200 ? (json as object) : null;
  }

  /** An owner and an admin know all that they knew; anybody else, of what it may still see. */
  const mayKnow = (person: Person, id: string): boolean => person !== alt || now.get(`${person.name} ${id}`) !== null;

  it(`is what the API answered then, for ${QUESTIONS} random times`, async () => {
    let different = 0;
    for (let done = 0; done < QUESTIONS; done += 1) {
      const { from, to, lists, shown } = any(recordings);
      const at = new Date(from + randomInt(to - from + 1)).toISOString();
      const person = any(watchers);
      const known = [...shown.keys()].filter((key) => key.startsWith(`${person.name} `));
      const id = (any(known).split(' ')[1] ?? '') as string;
      const then = mayKnow(person, id) ? shown.get(`${person.name} ${id}`) : null;
      expect([at, person.name, await document(person, id, `?at=${at}`)]).toEqual([at, person.name, then]);
      if (JSON.stringify(then) !== JSON.stringify(now.get(`${person.name} ${id}`))) different += 1;
      if (done % 5 > 0) continue;
      const list = (lists[person.name] as { id: string }[]).filter((one) => mayKnow(person, one.id));
      expect([at, person.name, await listed(person, `limit=1000&at=${at}`)]).toEqual([at, person.name, list]);
    }
    // Enough of what was asked for is not what is.
    expect(different).toBeGreaterThan(QUESTIONS / 10);
  }, 240_000);

  it('is also told by versions, each as it came to be', async () => {
    const id = images[0] as string;
    const { json } = await demo.client.call('GET', `/v2/images/${id}/events?category=image&limit=1000`);
    const events = json.events as { version: number; type: string; time: string }[];
    expect(events.length).toBeGreaterThan(0);
    for (const { version, time } of events) {
      const byVersion = await demo.client.call('GET', `/v2/images/${id}?at=${version}&deleted=true`);
      const byTime = await demo.client.call('GET', `/v2/images/${id}?at=${time}&deleted=true`);
      expect([byVersion.status, byVersion.headers['etag']]).toEqual([200, `W/"${version}"`]);
      expect(byTime.json).toEqual(byVersion.json);
    }
    const beyond = await demo.client.call('GET', `/v2/images/${id}?at=${events.length + 1}`);
    expect(beyond.status).toBe(404);
  });

  it('has the members of the time, and tells one of itself only', async () => {
    await create();
    const id = images.at(-1) as string;
    const before = new Date().toISOString();
    await demo.client.call('POST', `/v2/images/${id}/members`, { body: { member: alt.projectId } });
    await alt.client.call('PUT', `/v2/images/${id}/members/${alt.projectId}`, { body: { status: 'accepted' } });
    const shared = (await demo.client.call('GET', `/v2/images/${id}/members`)).json;
    await sleep(2);
    const during = new Date().toISOString();
    await sleep(2);
    const members = async (person: Person, at: string) =>
      person.client.call('GET', `/v2/images/${id}/members?at=${at}`);
    expect((await members(demo, during)).json).toEqual(shared);
    expect((await members(alt, during)).json).toEqual(shared);
    expect((await members(demo, before)).json.members).toEqual([]);
    await demo.client.call('DELETE', `/v2/images/${id}/members/${alt.projectId}`);
    expect((await members(demo, during)).json).toEqual(shared);
    // What it can't see any more, it can't look up in the past either.
    expect((await members(alt, during)).status).toBe(404);
  });

  it('tells the owner who could see an image: whoever did, and nobody else', async () => {
    const answers = { shown: 0, listed: 0, hidden: 0 };
    for (let asked = 0; asked < 200; asked += 1) {
      const { from, to, lists, shown } = any(recordings);
      const at = new Date(from + randomInt(to - from + 1)).toISOString();
      const ids = [...shown.keys()].flatMap((key) => (key.startsWith('demo ') ? [key.slice(5)] : []));
      const id = any(ids);
      const { status, json } = await demo.client.call('GET', `/v2/images/${id}/viewers?at=${at}`);
      expect([at, id, status]).toEqual([at, id, 200]);
      const member = (json.members as { project: string; listed: boolean }[]).find(
        ({ project }) => project === alt.projectId,
      );
      const could = { show: json.everyone || member !== undefined, list: json.listed_to_everyone || member?.listed };
      const did = {
        show: shown.get(`alt ${id}`) !== null,
        list: (lists['alt'] as { id: string }[]).some((image) => image.id === id),
      };
      expect([at, id, could.show, could.list === true]).toEqual([at, id, did.show, did.list]);
      answers[did.list ? 'listed' : did.show ? 'shown' : 'hidden'] += 1;
    }
    expect(answers.hidden).toBeGreaterThan(0);
    expect(answers.shown + answers.listed).toBeGreaterThan(0);
  }, 120_000);

  it('tells nobody else who could see an image, but operators and auditors', async () => {
    await create();
    const id = images.at(-1) as string;
    await demo.client.call('POST', `/v2/images/${id}/members`, { body: { member: alt.projectId } });
    const viewers = async (person: Person, query: string) =>
      (await person.client.call('GET', `/v2/images/${id}/viewers?${query}`)).status;
    const now = `at=${new Date().toISOString()}`;
    await sleep(2);
    expect(await viewers(demo, now)).toBe(200);
    expect(await viewers(admin, now)).toBe(200);
    expect(await viewers(alt, now)).toBe(403);
    expect(await viewers(demo, 'at=1')).toBe(200);
    expect(await viewers(demo, 'at=99')).toBe(404);
    expect(await viewers(demo, '')).toBe(400);
    await demo.client.call('DELETE', `/v2/images/${id}`);
    const { json } = await demo.client.call('GET', `/v2/images/${id}/viewers?${now}`);
    expect(json).toMatchObject({
      image_id: id,
      status: 'queued',
      members: [{ project: alt.projectId, listed: false }],
    });
  });

  it('comes in pages that link each other', async () => {
    const at = new Date((recordings.at(-1) as Recording).from).toISOString();
    const whole = await listed(demo, `limit=1000&at=${at}`);
    const paged: object[] = [];
    for (let path = `/v2/images?limit=2&at=${at}`; path;) {
      const { json } = await demo.client.call('GET', path);
      paged.push(...(json.images as { id: string }[]).filter(({ id }) => images.includes(id)));
      path = (json.next as string | undefined) ?? '';
    }
    expect(paged).toEqual(whole);
  });

  it.each(['at=', 'at=noon', 'at=2999-01-01', 'at=2026-11-24&colour=red', 'at=2026-02-30', 'at=1&limit=0'])(
    'refuses ?%s',
    async (query) => {
      const { status, json } = await demo.client.call('GET', `/v2/images?${query}`);
      expect([query, status, json.error]).toEqual([query, 400, 'invalid-filter']);
    },
  );

  it('is closed to whoever may not see the present', async () => {
    const answers = await Promise.all(
      ['', `/${images[0]}`, `/${images[0]}/members`].map((path) =>
        nobody.client.call('GET', `/v2/images${path}?at=2026-11-24T00:00:00Z`),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual([403, 403, 403]);
    const anonymous = await fetch(`${demo.client.url}/v2/images?at=2026-11-24`);
    expect(anonymous.status).toBe(401);
    await anonymous.body?.cancel();
  });
});
