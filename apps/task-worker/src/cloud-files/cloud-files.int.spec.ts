import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { Readable } from 'node:stream';
import { createFilesystemBlobStore, type BlobStore } from '@cloud-images/blobs';
import { createPostgresEventStore, poolExecutor } from '@cloud-images/event-store';
import { TaskWorld, type Call } from '../testing/task-worker-process.js';
import { beginAttempt, completeAttempt, type Completion } from './attempts.query.js';
import type { CloudFiles } from './cloud-files.js';
import { TaskObjects } from './objects.js';
import { compareStoreWithFiles, removeExpiredObjects, removeUnusedFiles } from './remove-unused-files.js';

const identity = (roles: string[], project = 'p1') => ({ user: 'u', project, roles, source: 'embedded' }) as const;
const log = { warn: () => undefined, error: () => undefined } as never;

let world: TaskWorld;
let files: CloudFiles;
let blobs: BlobStore;
let store: ReturnType<typeof createPostgresEventStore>;
let member: Call;

beforeAll(async () => {
  world = await TaskWorld.create();
  mkdirSync(world.blobsDir, { recursive: true });
  const worker = await world.worker(new Map(), {
    CLOUD_IMAGES_CHORE_SECONDS: '3600',
    CLOUD_IMAGES_OBJECT_GRACE_SECONDS: '0',
  });
  member = world.as(identity(['member']), worker);
  blobs = createFilesystemBlobStore({ dir: world.blobsDir } as never);
  store = createPostgresEventStore({
    connectionString: world.serviceUrl,
    applicationName: 'test',
    max: 4,
    connectionTimeoutMs: 20_000,
  });
  files = { sql: poolExecutor(store.pool), blobs, leaseSeconds: 30, graceSeconds: 0, maxObjectBytes: 1e6 };
}, 60_000);

afterAll(async () => {
  await store?.close();
  await world?.stop();
});

const hash = (algorithm: string) => (text: string) => createHash(algorithm).update(text).digest('hex');
const [md5, sha512] = [hash('md5'), hash('sha512')];

const stored = (container: string, name: string, ifAbsent = false, project = 'p1'): Completion => ({
  path: { project, container, name },
  facts: {
    size: 4,
    md5: '0'.repeat(32),
    sha512: null,
    content_type: 'text/plain',
    metadata: { a: 'b' },
    origin: null,
    delete_at: null,
  },
  ifAbsent,
  graceSeconds: 0,
});

async function put(container: string, name: string, ifAbsent = false): Promise<string> {
  const { attempt, key } = await beginAttempt(files.sql, 30);
  const writer = await blobs.writer(key);
  await writer.write(Buffer.from('data'));
  await writer.commit();
  expect(await completeAttempt(files.sql, attempt, stored(container, name, ifAbsent))).toBe('stored');
  return key;
}

const keys = async () => {
  const found: string[] = [];
  for await (const { key } of blobs.list('files/')) found.push(key);
  return found.sort();
};

describe('a container', () => {
  it('is made once, shows its metadata and counts, and is removed when it is empty', async () => {
    expect((await member('PUT', '/v1/AUTH_p1/c1', undefined, { 'x-container-meta-colour': 'blue' })).status).toBe(201);
    expect((await member('PUT', '/v1/AUTH_p1/c1')).status).toBe(202);
    await put('c1', 'a/b');
    const head = await member('HEAD', '/v1/AUTH_p1/c1');
    expect(head.status).toBe(204);
    expect(Object.fromEntries(head.headers)).toMatchObject({
      'x-container-object-count': '1',
      'x-container-bytes-used': '4',
      'x-container-meta-colour': 'blue',
    });
    const list = await member('GET', '/v1/AUTH_p1/c1?format=json');
    expect(list.json).toMatchObject([{ name: 'a/b', bytes: 4, hash: '0'.repeat(32), content_type: 'text/plain' }]);
    expect((await member('GET', '/v1/AUTH_p1/c1?format=json&delimiter=/')).json).toEqual([{ subdir: 'a/' }]);
    expect((await member('GET', '/v1/AUTH_p1?format=json')).json).toMatchObject([{ name: 'c1', count: 1, bytes: 4 }]);
    expect((await member('DELETE', '/v1/AUTH_p1/c1')).json).toMatchObject({ error: 'container-not-empty' });
    expect((await member('DELETE', '/v1/AUTH_p1/c1/a/b')).status).toBe(204);
    expect((await member('DELETE', '/v1/AUTH_p1/c1/a/b')).json).toMatchObject({ error: 'not-found' });
    expect((await member('DELETE', '/v1/AUTH_p1/c1')).status).toBe(204);
    expect((await member('HEAD', '/v1/AUTH_p1/c1')).status).toBe(404);
  });

  it('belongs to its project alone, and a role says what may be done', async () => {
    await member('PUT', '/v1/AUTH_p1/c2');
    await put('c2', 'o');
    const codes = async (call: Call) =>
      Promise.all(
        (
          [
            ['GET', '/v1/AUTH_p1'],
            ['GET', '/v1/AUTH_p1/c2?format=json'],
            ['HEAD', '/v1/AUTH_p1/c2/o'],
            ['POST', '/v1/AUTH_p1/c2'],
            ['PUT', '/v1/AUTH_p1/c3'],
            ['DELETE', '/v1/AUTH_p1/c2/none'],
          ] as const
        ).map(async ([method, path]) => (await call(method, path).catch(() => ({ status: 200 }))).status),
      );
    expect(await codes(world.as(identity(['member'], 'p2')))).toEqual(Array(6).fill(403));
    expect(await codes(world.as(identity(['admin'], 'p2')))).toEqual(Array(6).fill(403));
    expect(await codes(world.as(identity(['nothing'])))).toEqual(Array(6).fill(403));
    expect((await codes(world.as(identity(['reader'])))).slice(1)).toEqual([200, 200, 403, 403, 403]);
    expect((await codes(world.as(identity(['cloudImages:creator'])))).slice(1)).toEqual([200, 200, 204, 201, 403]);
  });

  it('refuses names that are too long, and what this store does not have', async () => {
    expect((await member('PUT', `/v1/AUTH_p1/${'x'.repeat(257)}`)).status).toBe(400);
    expect((await member('PUT', `/v1/AUTH_p1/${encodeURIComponent('ü'.repeat(128))}`)).status).toBe(201);
    const acl = await member('PUT', '/v1/AUTH_p1/c2', undefined, { 'x-container-read': '.r:*' });
    expect(acl.json).toMatchObject({ error: 'not-offered' });
  });
});

describe('an object', () => {
  it('keeps what it is told, under any name, and its data goes when nothing uses it any more', async () => {
    await member('PUT', '/v1/AUTH_p1/c4');
    const name = 'dir//ü\u{1f600} %2F?#/';
    const path = `/v1/AUTH_p1/c4/${name.split('/').map(encodeURIComponent).join('/')}`;
    const first = await put('c4', name);
    expect((await member('POST', path, undefined, { 'x-object-meta-a': '', 'x-object-meta-c': 'd' })).status).toBe(202);
    const head = await member('HEAD', path);
    expect(head.headers.get('content-length')).toBe('4');
    expect(head.headers.get('x-object-meta-c')).toBe('d');
    expect(head.headers.get('x-object-meta-a')).toBeNull();
    const second = await put('c4', name);
    await removeUnusedFiles({ sql: files.sql, blobs, log });
    expect(await keys()).toContain(second);
    expect(await keys()).not.toContain(first);
    expect((await member('HEAD', '/v1/AUTH_p1/c4')).headers.get('x-container-bytes-used')).toBe('4');
    expect((await member('DELETE', path)).status).toBe(204);
    await removeUnusedFiles({ sql: files.sql, blobs, log });
    expect(await keys()).not.toContain(second);
  });

  it('that expires is gone at its time for everybody, and then its data', async () => {
    await member('PUT', '/v1/AUTH_p1/c8');
    const key = await put('c8', 'soon');
    const path = '/v1/AUTH_p1/c8/soon';
    const at = Math.ceil(Date.now() / 1_000) + 1;
    expect((await member('POST', path, undefined, { 'x-delete-at': String(at) })).status).toBe(202);
    expect((await member('HEAD', path)).headers.get('x-delete-at')).toBe(String(at));
    // What is not said again is no more.
    await member('POST', path, undefined, {});
    expect((await member('HEAD', path)).headers.get('x-delete-at')).toBeNull();
    await member('POST', path, undefined, { 'x-delete-after': '1' });
    await new Promise((resolve) => setTimeout(resolve, 2_050));
    for (const method of ['HEAD', 'POST', 'DELETE']) expect((await member(method, path)).status).toBe(404);
    expect((await member('GET', '/v1/AUTH_p1/c8?format=json')).json).toEqual([]);
    expect(await removeExpiredObjects(files, 0)).toBe(1);
    await removeUnusedFiles({ sql: files.sql, blobs, log });
    expect(await keys()).not.toContain(key);
    expect((await member('HEAD', '/v1/AUTH_p1/c8')).headers.get('x-container-object-count')).toBe('0');
    expect((await member('DELETE', '/v1/AUTH_p1/c8')).status).toBe(204);
  });

  it('that has expired is no hindrance to one where it must be absent, and is not removed in its place', async () => {
    await member('PUT', '/v1/AUTH_p1/c9');
    const first = await beginAttempt(files.sql, 30);
    const wanted = stored('c9', 'o', true);
    const expiring = { ...wanted, facts: { ...wanted.facts, delete_at: new Date(Date.now() - 1_000) } };
    expect(await completeAttempt(files.sql, first.attempt, expiring)).toBe('stored');
    const second = await beginAttempt(files.sql, 30);
    expect(await completeAttempt(files.sql, second.attempt, wanted)).toBe('stored');
    expect(await removeExpiredObjects(files, 0)).toBe(0);
    const head = await member('HEAD', '/v1/AUTH_p1/c9');
    expect(head.headers.get('x-container-object-count')).toBe('1');
    expect((await member('HEAD', '/v1/AUTH_p1/c9/o')).status).toBe(200);
  });

  it('is made by one of many who try at once where it must be absent, and counted once', async () => {
    await member('PUT', '/v1/AUTH_p1/c5');
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const { attempt } = await beginAttempt(files.sql, 30);
        const outcome = await completeAttempt(files.sql, attempt, stored('c5', 'one', true));
        // What a lost answer makes a caller do.
        if (outcome === 'stored')
          expect(await completeAttempt(files.sql, attempt, stored('c5', 'one', true))).toBe(outcome);
        return outcome;
      }),
    );
    expect(outcomes.sort()).toEqual([...Array<string>(19).fill('exists'), 'stored']);
    expect((await member('HEAD', '/v1/AUTH_p1/c5')).headers.get('x-container-object-count')).toBe('1');
  });

  it('replaced, removed and listed at once by many leaves counts that are those of its container', async () => {
    await member('PUT', '/v1/AUTH_p1/c6');
    await Promise.all(
      Array.from({ length: 60 }, async (_, at) => {
        if (at % 3 === 0) await member('DELETE', `/v1/AUTH_p1/c6/o${at % 4}`);
        else await put('c6', `o${at % 4}`);
      }),
    );
    const listed = (await member('GET', '/v1/AUTH_p1/c6?format=json')).json as { bytes: number }[];
    const head = await member('HEAD', '/v1/AUTH_p1/c6');
    expect(head.headers.get('x-container-object-count')).toBe(String(listed.length));
    expect(head.headers.get('x-container-bytes-used')).toBe(String(4 * listed.length));
    await removeUnusedFiles({ sql: files.sql, blobs, log });
    const { rows } = await world.sql.query(
      'SELECT d.key FROM cloud_files.objects o JOIN cloud_files.data d USING (attempt) ORDER BY 1',
    );
    const used = new Set(rows.map(({ key }) => key as string));
    expect((await keys()).filter((key) => !used.has(key))).toEqual([]);
  });

  it('that was never finished leaves nothing, also when its writer comes back late', async () => {
    const { attempt, key } = await beginAttempt(files.sql, 0);
    const writer = await blobs.writer(key);
    await writer.write(Buffer.from('late'));
    await new Promise((resolve) => setTimeout(resolve, 20));
    await removeUnusedFiles({ sql: files.sql, blobs, log });
    await removeUnusedFiles({ sql: files.sql, blobs, log });
    await expect(writer.commit()).rejects.toThrow();
    await writer.abort();
    expect(await completeAttempt(files.sql, attempt, stored('c6', 'late'))).toBe('ended');
    const again = await blobs.writer(key);
    await again.write(Buffer.from('later'));
    await again.commit();
    expect(await compareStoreWithFiles({ sql: files.sql, blobs, log })).toBeGreaterThanOrEqual(1);
    expect(await keys()).not.toContain(key);
  });
});

describe('objects of tasks', () => {
  const source = (text: string) => Readable.from([Buffer.from(text)]);
  const signal = new AbortController().signal;
  const object = (name: string, text: string, origin = 't1') => ({
    ...{ project: 'p1', container: 'c7', name, contentType: 'text/plain', origin },
    ...{ size: text.length, source: source(text), signal },
  });

  it('are whole or not there, never replace another, and can be taken back by who made them', async () => {
    const objects = new TaskObjects(files);
    expect(await objects.find('p1', 'c7', 'x')).toBe('no container');
    expect(await objects.create(object('x', 'first'))).toBe('no container');
    await member('PUT', '/v1/AUTH_p1/c7');
    expect(await objects.find('p1', 'c7', 'x')).toBe('no object');
    expect(await objects.create(object('x', 'first'))).toBe('created');
    expect(await objects.create(object('x', 'second', 't2'))).toBe('exists');
    const found = await objects.find('p1', 'c7', 'x');
    if (typeof found === 'string') throw new Error(found);
    expect(found).toMatchObject({ size: 5, origin: 't1' });
    expect((await (await found.open()).toArray()).join('')).toBe('first');
    expect(await objects.removeFrom('t2', 'p1', 'c7', 'x')).toBe(false);
    expect(await objects.removeFrom('t1', 'p1', 'c7', 'x')).toBe(true);
    await expect(objects.create({ ...object('y', 'short'), size: 99 })).rejects.toMatchObject({
      code: 'size-mismatch',
    });
    expect(await objects.find('p1', 'c7', 'y')).toBe('no object');
  });

  it('are made of what the store has, which then lives without where it came from', async () => {
    const objects = new TaskObjects(files);
    await member('PUT', '/v1/AUTH_p1/c8');
    const made = (name: string) => ({ ...object(name, 'data'), container: 'c8' });
    expect(await objects.create(made('from'))).toBe('created');
    const from = await objects.find('p1', 'c8', 'from');
    if (typeof from === 'string' || from.kept === null) throw new Error('nothing to copy');
    expect(from.kept).toMatchObject({ size: 4, checksum: md5('data'), sha512: sha512('data') });
    const passed: number[] = [];
    expect(await objects.createOf(made('to'), from.kept, (bytes) => passed.push(bytes))).toBe('created');
    expect(await objects.createOf(made('to'), from.kept, () => undefined)).toBe('exists');
    expect(await objects.createOf({ ...made('to'), container: 'nowhere' }, from.kept, () => undefined)).toBe(
      'no container',
    );
    await blobs.delete(from.kept.key);
    const to = await objects.find('p1', 'c8', 'to');
    if (typeof to === 'string') throw new Error(to);
    expect([(await (await to.open()).toArray()).join(''), passed]).toEqual(['data', [4]]);
    expect(to.kept).toEqual({ ...from.kept, key: expect.not.stringMatching(from.kept.key) });
    await expect(objects.createOf(made('late'), from.kept, () => undefined)).rejects.toThrow('no blob at this key');
    await expect(objects.createOf(made('large'), { ...to.kept!, size: 2e6 }, () => undefined)).rejects.toMatchObject({
      code: 'image-too-large',
    });
    for (const name of ['late', 'large']) expect(await objects.find('p1', 'c8', name)).toBe('no object');
  });

  it('that were written before their sha512 was kept have to be read', async () => {
    await member('PUT', '/v1/AUTH_p1/c10');
    await put('c10', 'old');
    const objects = new TaskObjects(files);
    expect(await objects.find('p1', 'c10', 'old')).toMatchObject({ size: 4, kept: null });
    // As an instance of the landing before replaces an object: it knows of no sha512, and must leave none of other data.
    await objects.create({ ...object('new', 'data'), container: 'c10' });
    const { attempt } = await beginAttempt(files.sql, 30);
    await store.pool.query(
      `UPDATE cloud_files.objects SET attempt = $1, size = 5, md5 = repeat('1', 32) WHERE container = 'c10' AND name = 'new'`,
      [attempt],
    );
    expect(await objects.find('p1', 'c10', 'new')).toMatchObject({ size: 5, kept: null });
  });
});
