import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { ServiceUnavailable } from '@cloud-images/service-kit';
import { SwiftClient } from './swift-client.js';
import { SwiftObjects } from './swift-objects.js';
import { FakeSwift } from './testing/fake-swift.js';

/** Long enough for a machine that does much else at the same time. */
const timeoutMs = 1_500;
const path = '/AUTH_p/exports/i.vhd';
let swift: FakeSwift;
let client: SwiftClient;
let objects: SwiftObjects;

beforeEach(async () => {
  swift = await new FakeSwift().start();
  swift.containers.add('/AUTH_p/exports');
  open('pw');
});
afterEach(async () => {
  await client.close();
  await swift.stop();
});

function open(password: string): void {
  const user = { username: 'files', password, project: 'service', userDomain: 'Default', projectDomain: 'Default' };
  client = new SwiftClient({ url: `${swift.origin}/v1`, keystoneUrl: swift.origin, user, timeoutMs });
  objects = new SwiftObjects({ client, segmentBytes: 10, timeoutMs });
}

const create = (text: string, size: number | null = text.length, more: object = {}) =>
  objects.create({
    ...{ project: 'p', container: 'exports', name: 'i.vhd', contentType: 'text/plain', origin: 'task-1', size },
    ...{ source: Readable.from([Buffer.from(text)]), signal: new AbortController().signal },
    ...more,
  });
const text = () => {
  const kept = swift.objects.get(path);
  return kept && swift.dataOf(kept)?.toString();
};
const segments = () => [...swift.objects.keys()].filter((key) => key.includes('_segments/'));
const found = async () => {
  const object = await objects.find('p', 'exports', 'i.vhd');
  if (typeof object === 'string') throw new Error(object);
  return object;
};
const textOf = async (stream: Readable) => {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
};

describe('objects in a Swift', () => {
  it('are created once with their task, found and read, and removed by that task alone', async () => {
    expect(await create('data')).toBe('created');
    expect(await create('other')).toBe('exists');
    const object = await found();
    expect([object.size, object.origin, await textOf(await object.open())]).toEqual([4, 'task-1', 'data']);
    expect(await objects.removeFrom('task-2', 'p', 'exports', 'i.vhd')).toBe(false);
    expect(text()).toBe('data');
    expect(await objects.removeFrom('task-1', 'p', 'exports', 'i.vhd')).toBe(true);
    expect([await objects.find('p', 'exports', 'i.vhd'), await objects.find('p', 'none', 'i')]).toEqual([
      'no object',
      'no container',
    ]);
    expect(await create('data', 4, { container: 'none' })).toBe('no container');
    expect(swift.logins).toBe(1);
  });

  it('given names that lead out of the account, then there is nothing, and Swift is not asked for it', async () => {
    for (const [project, container, name] of [
      ['p', 'exports', '../../AUTH_other/c/o'],
      ['p', '..', 'o'],
      ['p', 'exports', 'a/./b'],
      ['p/../other', 'exports', 'o'],
    ] as const) {
      expect(await objects.find(project, container, name)).toMatch(/^no /);
      expect(await objects.removeFrom('t', project, container, name)).toBe(false);
    }
    expect(swift.received.filter((call) => /\.\.|\/\.\/|other/.test(call))).toEqual([]);
  });

  it('given more than Swift takes in one piece, or no size, then it is written in segments that are one object', async () => {
    swift.containers.add('/AUTH_p/exports_segments');
    // Left by a run before that was killed; and by another task.
    swift.put('/AUTH_p/exports_segments/i.vhd/task-1/old/00000000', 'left', 'task-1');
    swift.put('/AUTH_p/exports_segments/i.vhd/task-2/x/00000000', 'kept', 'task-2');
    expect(await create('0123456789abcdefghijklm')).toBe('created');
    expect(text()).toBe('0123456789abcdefghijklm');
    expect(segments()).toHaveLength(4);
    expect(await objects.removeFrom('task-1', 'p', 'exports', 'i.vhd')).toBe(true);
    expect(segments()).toEqual(['/AUTH_p/exports_segments/i.vhd/task-2/x/00000000']);
    expect(await create('0123456789abc', null)).toBe('created');
    expect(text()).toBe('0123456789abc');
    expect(await objects.removeFrom('task-1', 'p', 'exports', 'i.vhd')).toBe(true);
  });

  it('given segments in a container that one names by their prefix, then they are one object', async () => {
    swift.containers.add('/AUTH_p/parts');
    swift.put('/AUTH_p/parts/v/1', 'some');
    swift.put('/AUTH_p/parts/v/2', 'data');
    swift.put('/AUTH_p/parts/w', 'another');
    swift.dynamic(path, '/AUTH_p/parts/v/');
    const object = await found();
    expect([object.size, await textOf(await object.open())]).toEqual([8, 'somedata']);
    swift.put('/AUTH_p/parts/v/2', 'atad');
    await expect(object.open().then(textOf)).rejects.toBeInstanceOf(ServiceUnavailable);
  });

  it('given more than a thousand segments would hold, then it is refused before a byte', async () => {
    await expect(create('x', 10_001)).rejects.toMatchObject({ code: 'object-too-large' });
    expect(swift.received.filter((call) => call.startsWith('PUT'))).toEqual([]);
  });
});

describe('links', () => {
  const theirs = '/AUTH_other/private/o';
  beforeEach(() => {
    swift.containers.add('/AUTH_other/private').add('/AUTH_p/parts');
    swift.put(theirs, 'secret');
    swift.put('/AUTH_p/exports/own', 'own');
  });

  it.each([theirs, '/AUTH_p/exports/own'])('are not there, and not replaced, wherever they lead: %s', async (to) => {
    swift.link(path, to);
    expect(await objects.find('p', 'exports', 'i.vhd')).toBe('no object');
    expect(await create('data')).toBe('exists');
    expect(await create('0123456789abc')).toBe('exists');
    expect([swift.objects.get(path)?.link, segments()]).toEqual([to, []]);
  });

  it('to what a task made are not taken for it', async () => {
    swift.put('/AUTH_p/exports/made', 'data', 'task-1');
    swift.link(path, '/AUTH_p/exports/made');
    expect(await objects.removeFrom('task-1', 'p', 'exports', 'i.vhd')).toBe(false);
    expect(swift.objects.has(path)).toBe(true);
  });

  it('that take an object’s place between look and read are not read, were they to the same bytes', async () => {
    swift.put(path, 'secret');
    const object = await found();
    swift.link(path, theirs);
    await expect(object.open()).rejects.toBeInstanceOf(ServiceUnavailable);
  });

  it('among the segments of an object are not followed', async () => {
    swift.put('/AUTH_p/parts/1', 'x');
    swift.link('/AUTH_p/parts/2', theirs);
    swift.put('/AUTH_p/parts/3', 'secret');
    swift.dynamic(path, '/AUTH_p/parts/');
    expect(await objects.find('p', 'exports', 'i.vhd')).toBe('no object');
    swift.put('/AUTH_p/parts/2', 'secret');
    const object = await found();
    swift.link('/AUTH_p/parts/2', theirs);
    await expect(object.open().then(textOf)).rejects.toBeInstanceOf(ServiceUnavailable);
  });

  it('of object versioning, to a version of the same object, are the object', async () => {
    swift.put(path, 'data');
    const versioned = (location: string) =>
      (swift.instead = (req, res) => {
        const headers = { 'content-length': '4', 'content-location': location };
        res.writeHead(200, headers).end(req.method === 'GET' ? 'data' : undefined);
        return true;
      });
    versioned('/v1/AUTH_p/exports/i%2Evhd?version-id=1.2');
    expect(await (await found()).open().then(textOf)).toBe('data');
    for (const elsewhere of [
      `${theirs}?version-id=1`,
      '/v1/AUTH_other/exports/i.vhd?version-id=1',
      `/v1${path}`,
      '%',
    ]) {
      versioned(elsewhere);
      expect(await objects.find('p', 'exports', 'i.vhd')).toMatch(/^no /);
    }
  });
});

describe('when Swift fails', () => {
  const onPut = (what: (res: import('node:http').ServerResponse) => void, only = 'i.vhd') =>
    (swift.instead = (req, res) => {
      if (req.method !== 'PUT' || !req.url!.includes(only)) return false;
      what(res);
      return true;
    });

  it.each<[string, (res: import('node:http').ServerResponse) => void]>([
    ['is lost', (res) => void res.destroy()],
    ['is a 503', (res) => void res.writeHead(503).end()],
    ['never comes', () => undefined],
  ])('given an upload whose answer %s and that is there, then it is created', async (_, what) => {
    onPut(what);
    expect(await create('data')).toBe('created');
    expect(text()).toBe('data');
  });

  it('given one whose answer is lost and that is not there, or another’s, then it is unavailable', async () => {
    swift.before = (req, res) => (req.method === 'PUT' ? (req.resume(), res.writeHead(500).end(), true) : false);
    await expect(create('data')).rejects.toBeInstanceOf(ServiceUnavailable);
    swift.before = () => false;
    onPut((res) => {
      swift.put(path, 'data', 'task-2');
      res.destroy();
    });
    await expect(create('data')).rejects.toBeInstanceOf(ServiceUnavailable);
    expect(swift.objects.get(path)?.origin).toBe('task-2');
  });

  it('given that somebody was quicker, then the first object stays', async () => {
    swift.before = (req) => {
      if (req.method === 'PUT') swift.put(path, 'first');
      return false;
    };
    expect(await create('data')).toBe('exists');
    expect(text()).toBe('first');
  });

  it('given that Swift stored something else, then nothing of it is left', async () => {
    onPut((res) => {
      swift.put(path, 'dat', 'task-1');
      res.writeHead(201, { etag: 'd'.repeat(32) }).end();
    });
    await expect(create('data')).rejects.toBeInstanceOf(ServiceUnavailable);
    expect(text()).toBeUndefined();
  });

  it('given a manifest whose answer is lost, then it is created when it stands, and its segments stay', async () => {
    onPut((res) => void res.destroy(), 'multipart-manifest');
    expect(await create('0123456789abc')).toBe('created');
    expect([text(), segments().length]).toEqual(['0123456789abc', 2]);
  });

  it('given a manifest that Swift finishes only when the next run has its own, then it stands, whole', async () => {
    let late: ReturnType<FakeSwift['objects']['get']>;
    swift.instead = (req, res) => {
      if (late !== undefined || !req.url!.endsWith('?multipart-manifest=put')) return false;
      late = swift.objects.get(path);
      swift.objects.delete(path);
      res.writeHead(503).end();
      return true;
    };
    swift.before = (req) => {
      if (late !== undefined && req.url!.endsWith('?multipart-manifest=put')) swift.objects.set(path, late);
      return false;
    };
    await expect(create('0123456789abc')).rejects.toBeInstanceOf(ServiceUnavailable);
    expect(await create('0123456789abc')).toBe('exists');
    expect([
      await found()
        .then((object) => object.open())
        .then(textOf),
      segments().length,
    ]).toEqual(['0123456789abc', 2]);
  });

  it('given that it fails amid the segments, then those are removed', async () => {
    swift.before = (req, res) =>
      req.url!.endsWith('/00000001') && req.method === 'PUT' ? (req.resume(), res.writeHead(503).end(), true) : false;
    await expect(create('0123456789abc')).rejects.toBeInstanceOf(ServiceUnavailable);
    expect([...swift.objects.keys()]).toEqual([]);
  });

  it('given a token that it takes no more, then a new one is asked for', async () => {
    await create('data');
    swift.token = 't2';
    expect((await found()).size).toBe(4);
    expect(swift.logins).toBe(2);
  });

  it('given that the service user may not, is not known, or Swift is away or silent, then it is unavailable', async () => {
    swift.before = (_, res) => (res.writeHead(403).end(), true);
    await expect(found()).rejects.toThrow(/403: the service user needs the role/);
    swift.before = () => true;
    const began = performance.now();
    await expect(found()).rejects.toBeInstanceOf(ServiceUnavailable);
    expect(performance.now() - began).toBeLessThan(5 * timeoutMs);
    await client.close();
    open('wrong');
    await expect(found()).rejects.toThrow(/Keystone answered 401/);
    await swift.stop();
    await expect(found()).rejects.toBeInstanceOf(ServiceUnavailable);
    await swift.start();
  });

  it('given an object that was changed between look and read, or is cut off, then it is unavailable', async () => {
    swift.put(path, 'data');
    const object = await found();
    swift.put(path, 'atad');
    await expect(object.open()).rejects.toBeInstanceOf(ServiceUnavailable);
    const changed = await found();
    swift.instead = (_, res) => (
      res.writeHead(200, { 'content-length': '4' }).write('at'),
      setTimeout(() => res.destroy(), 20),
      true
    );
    await expect(changed.open().then(textOf)).rejects.toBeInstanceOf(ServiceUnavailable);
  });

  it('given an abort, a source that breaks or a Swift that takes nothing, then that is what is said', async () => {
    const gone = new AbortController();
    const endless = Readable.from(
      (async function* () {
        for (;;) yield await sleep(5, Buffer.alloc(1));
      })(),
    );
    setTimeout(() => gone.abort(new Error('cancelled')), 50);
    await expect(create('', 10, { source: endless, signal: gone.signal })).rejects.toThrow('cancelled');
    const broken = Readable.from(
      (async function* () {
        yield Buffer.from('da');
        throw new Error('the disk is broken');
      })(),
    );
    await expect(create('', 4, { source: broken })).rejects.toThrow('the disk is broken');
    swift.before = () => true;
    const large = Readable.from([Buffer.alloc(32 * 1024 ** 2), Buffer.alloc(1)]);
    objects = new SwiftObjects({ client, segmentBytes: 1e9, timeoutMs });
    await expect(create('', 32 * 1024 ** 2 + 1, { source: large })).rejects.toBeInstanceOf(ServiceUnavailable);
    expect(swift.objects.size).toBe(0);
  });
});
