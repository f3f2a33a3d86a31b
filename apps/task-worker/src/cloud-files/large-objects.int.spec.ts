import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { createFilesystemBlobStore } from '@cloud-images/blobs';
import { internalHeaders } from '@cloud-images/contracts';
import { createPostgresEventStore, poolExecutor } from '@cloud-images/event-store';
import { TaskWorld, type Call } from '../testing/task-worker-process.js';
import { beginAttempt, completeAttempt } from './attempts.query.js';
import type { CloudFiles } from './cloud-files.js';
import { TaskObjects } from './objects.js';
import { removeUnusedFiles } from './remove-unused-files.js';

const md5 = (text: string) => createHash('md5').update(text).digest('hex');
const identity = { user: 'u', project: 'p1', roles: ['member'], source: 'embedded' } as const;

let world: TaskWorld;
let files: CloudFiles;
let store: ReturnType<typeof createPostgresEventStore>;
let member: Call;
let manifest: (object: string, segments: unknown, more?: object) => ReturnType<Call>;

beforeAll(async () => {
  world = await TaskWorld.create();
  mkdirSync(world.blobsDir, { recursive: true });
  const worker = await world.worker(new Map(), {
    CLOUD_IMAGES_CHORE_SECONDS: '3600',
    CLOUD_IMAGES_OBJECT_GRACE_SECONDS: '0',
  });
  member = world.as(identity, worker);
  manifest = (object, segments, more = {}) =>
    member('POST', '/internal/cloud-files/manifest', {
      ...{ account: 'AUTH_p1', container: 'c', object, if_absent: false, headers: { 'x-object-meta-a': 'b' } },
      ...{ content_type: 'text/x', md5: null, segments, ...more },
    });
  store = createPostgresEventStore({ connectionString: world.serviceUrl, applicationName: 'test', max: 4 });
  const blobs = createFilesystemBlobStore({ dir: world.blobsDir } as never);
  files = { sql: poolExecutor(store.pool), blobs, leaseSeconds: 30, graceSeconds: 0, maxObjectBytes: 1e6 };
  await member('PUT', '/v1/AUTH_p1/c');
  await member('PUT', '/v1/AUTH_p1/s');
}, 60_000);

afterAll(async () => {
  await store?.close();
  await world?.stop();
});

beforeEach(async () => {
  await put('1', '0123');
  await put('2', '456');
});

async function put(name: string, text: string): Promise<void> {
  const { attempt, key } = await beginAttempt(files.sql, 30);
  const writer = await files.blobs.writer(key);
  await writer.write(Buffer.from(text));
  await writer.commit();
  await completeAttempt(files.sql, attempt, {
    path: { project: 'p1', container: 's', name },
    facts: {
      ...{ size: text.length, md5: md5(text), sha512: null, content_type: 'x/y', metadata: {} },
      ...{ origin: null, delete_at: null },
    },
    ...{ ifAbsent: false, graceSeconds: 0 },
  });
}

const two = [
  { path: '/s/1', etag: md5('0123'), size_bytes: 4 },
  { path: '/s/2', etag: null, size_bytes: null },
];
const whole = md5(md5('0123') + md5('456'));
const used = async (container: string) => {
  const { headers } = await member('HEAD', `/v1/AUTH_p1/${container}`);
  return [headers.get('x-container-object-count'), headers.get('x-container-bytes-used')];
};

describe('an object made of segments', () => {
  it('is one of all their bytes, read where they are, and counted there', async () => {
    expect(await manifest('o', two, { md5: whole })).toMatchObject({ status: 200, json: { etag: whole } });
    const { headers } = await member('HEAD', '/v1/AUTH_p1/c/o');
    expect(Object.fromEntries(headers)).toMatchObject({
      ...{ 'content-length': '7', etag: `"${whole}"`, 'x-static-large-object': 'True', 'x-object-meta-a': 'b' },
    });
    const located = await member('GET', '/v1/AUTH_p1/c/o');
    expect(JSON.parse(located.headers.get(internalHeaders.locator)!)).toEqual({ key: null, size: 7, md5: whole });
    expect(located.json.parts).toMatchObject([{ size: 4 }, { size: 3 }]);
    expect((await member('GET', '/v1/AUTH_p1/c?format=json')).json).toMatchObject([{ name: 'o', bytes: 7 }]);
    expect([await used('c'), await used('s')]).toEqual([
      ['1', '0'],
      ['2', '7'],
    ]);
    const shown = await member('GET', '/v1/AUTH_p1/c/o?multipart-manifest=get');
    expect(shown.json).toMatchObject([{ name: '/s/1', hash: md5('0123'), bytes: 4 }, { name: '/s/2' }]);
    expect((await member('GET', '/v1/AUTH_p1/c/o?multipart-manifest=get&format=raw')).json[0]).toEqual(two[0]);
  });

  it('is one to a task that imports it', async () => {
    await manifest('o', two);
    const found = await new TaskObjects(files).find('p1', 'c', 'o');
    if (typeof found === 'string') throw new Error(found);
    const chunks: Buffer[] = [];
    for await (const chunk of await found.open()) chunks.push(chunk as Buffer);
    expect([found.size, Buffer.concat(chunks).toString(), found.kept]).toEqual([7, '0123456', null]);
    await put('1', '012x');
    await expect(found.open()).rejects.toMatchObject({ code: 'segment-changed' });
  });

  it('given a segment that is gone or another, then it is a conflict, until it is there again', async () => {
    await manifest('o', two);
    await put('2', '45x');
    expect(await member('GET', '/v1/AUTH_p1/c/o')).toMatchObject({ status: 409, json: { error: 'segment-changed' } });
    await member('DELETE', '/v1/AUTH_p1/s/2');
    expect((await member('GET', '/v1/AUTH_p1/c/o')).status).toBe(409);
    await put('2', '456');
    expect((await member('GET', '/v1/AUTH_p1/c/o')).status).toBe(200);
  });

  it.each<[string, unknown, object, number, RegExp]>([
    ['none', [], {}, 400, /at least one/],
    ['one that is not there', [{ path: '/s/none' }], {}, 400, /\/s\/none: there is no such object/],
    ['one of segments', [{ path: '/c/o' }], {}, 400, /made of segments itself/],
    ['another ETag of the whole', two, { md5: md5('x') }, 422, /ETag/],
    ['no such container', two, { container: 'none' }, 404, /container/],
    ['a name that is taken', two, { if_absent: true }, 412, /object of that name/],
    ['another project', two, { account: 'AUTH_p2' }, 403, /account/],
  ])('given %s, then it is refused, and what is there stays', async (_, segments, more, status, why) => {
    await manifest('o', two);
    const refused = await manifest('o', segments, more);
    expect([refused.status, refused.json.message]).toEqual([status, expect.stringMatching(why)]);
    expect((await member('HEAD', '/v1/AUTH_p1/c/o')).headers.get('content-length')).toBe('7');
  });

  it('is removed alone, or with its segments; then nothing is left', async () => {
    await manifest('o', two);
    expect((await member('DELETE', '/v1/AUTH_p1/c/o')).status).toBe(204);
    expect([await used('c'), await used('s')]).toEqual([
      ['0', '0'],
      ['2', '7'],
    ]);
    expect((await member('DELETE', '/v1/AUTH_p1/s/1?multipart-manifest=delete')).status).toBe(400);
    await manifest('o', two);
    await member('DELETE', '/v1/AUTH_p1/s/2');
    const removed = await member('DELETE', '/v1/AUTH_p1/c/o?multipart-manifest=delete');
    expect([removed.status, removed.json]).toMatchObject([200, { 'Number Deleted': 2, 'Number Not Found': 1 }]);
    expect([await used('c'), await used('s')]).toEqual([
      ['0', '0'],
      ['0', '0'],
    ]);
    for (;;) if ((await removeUnusedFiles({ ...files, log: { warn: fail } as never })) === 0) break;
    for await (const { key } of files.blobs.list('files/')) throw new Error(`${key} was left`);
  });

  it('given one of data in its place, and the other way round, then its container counts what there is', async () => {
    await manifest('x', two);
    await manifest('1', [{ path: '/s/2' }], { container: 's' });
    expect(await used('s')).toEqual(['2', '3']);
    await put('1', '0123');
    expect(await used('s')).toEqual(['2', '7']);
    await member('DELETE', '/v1/AUTH_p1/c/x');
  });
});

const fail = (...words: unknown[]) => {
  throw new Error(words.map(String).join(' '));
};
