import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { createBlobStore, type BlobStore } from '@cloud-images/blobs';
import { randomUUID } from 'node:crypto';
import { startCatalogProcess, type CatalogProcess } from './testing/catalog-process.js';

const V21 = { 'content-type': 'application/openstack-images-v2.1-json-patch' };
const V20 = { 'content-type': 'application/openstack-images-v2.0-json-patch' };
const person = (project: string, ...roles: string[]) => ({
  user: `user-${project}`,
  project,
  roles,
  source: 'embedded' as const,
});
const formats = { disk_format: 'raw', container_format: 'bare' };
const digests = { size: 4, checksum: 'c'.repeat(32), os_hash_algo: 'sha512', os_hash_value: 'd'.repeat(128) };

// Leases, delays and the housekeeping are real: some seconds each.
jest.setTimeout(20_000);

let catalog: CatalogProcess;
let blobs: BlobStore;
let demo: ReturnType<CatalogProcess['as']>;
let alt: ReturnType<CatalogProcess['as']>;
let admin: ReturnType<CatalogProcess['as']>;

beforeAll(async () => {
  catalog = await startCatalogProcess({
    CLOUD_IMAGES_UPLOAD_LEASE_SECONDS: '3',
    CLOUD_IMAGES_PURGE_GRACE_SECONDS: '1',
    CLOUD_IMAGES_DELETE_DELAY_SECONDS: '2',
    CLOUD_IMAGES_MAX_IMAGE_BYTES: '1000',
  });
  blobs = createBlobStore({ kind: 'filesystem', dir: catalog.blobsDir });
  demo = catalog.as(person('demo', 'member'));
  alt = catalog.as(person('alt', 'member'));
  admin = catalog.as(person('admin', 'admin'));
});

afterAll(() => catalog.stop());

const create = async (fields: object = {}): Promise<string> => {
  const answer = await demo('POST', '/v2/images', { name: 'x', ...formats, ...fields });
  expect(answer.status).toBe(201);
  return answer.json.id;
};
const events = async (
  id: string,
): Promise<{ type: string; data: Record<string, unknown>; user: string; via: string }[]> => {
  const { rows } = await catalog.sql.query(
    `SELECT type, data, metadata->'actor'->>'user' AS "user", metadata->'actor'->>'via' AS via
     FROM log.events WHERE stream = $1 ORDER BY version`,
    [`image-${id.toLowerCase()}`],
  );
  return rows;
};
const types = async (id: string) => (await events(id)).map(({ type }) => type);
const begin = async (id: string) =>
  (await demo('POST', `/internal/images/${id}/begin-upload`, { declared_size: 4 })).json as unknown as {
    attempt: string;
    key: string;
  };
const write = async (key: string) => {
  const writer = await blobs.writer(key);
  await writer.write(Buffer.from('data'));
  return writer;
};
const upload = async (id: string) => {
  const { attempt, key } = await begin(id);
  await (await write(key)).commit();
  const answer = await catalog.gateway(`/internal/uploads/${attempt}/complete`, { image_id: id, ...digests });
  expect(answer.status).toBe(204);
  return { attempt, key };
};
async function eventually(check: () => Promise<void>): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    await catalog.keepHouse();
    try {
      return await check();
    } catch (error) {
      if (tries === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

describe('creating', () => {
  it('answers with the image, where it is, its version and that nothing can be imported', async () => {
    const id = randomUUID().toUpperCase();
    const answer = await demo('POST', '/v2/images', { id, name: 'x', ...formats, note: 'y' });
    expect(answer.status).toBe(201);
    expect(answer.json).toMatchObject({
      id,
      name: 'x',
      note: 'y',
      status: 'queued',
      owner: 'demo',
      visibility: 'shared',
    });
    expect(answer.headers.get('location')).toBe(`http://images.example:9292/v2/images/${id}`);
    expect(answer.headers.get('openstack-image-import-methods')).toBe('glance-direct,web-download');
    expect(answer.headers.get('etag')).toBe('W/"1"');
    const shown = await demo('GET', `/v2/images/${id}`);
    expect(shown.text).toBe(answer.text);
    expect((await demo('POST', '/v2/images', { id: id.toLowerCase() })).json.error).toBe('id-taken');
  });

  it('refuses what is no object, and takes JSON of any type', async () => {
    expect((await demo('POST', '/v2/images')).json.error).toBe('invalid-json');
    expect((await demo('POST', '/v2/images', '"x"')).json.error).toBe('invalid-body');
    expect((await demo('POST', '/v2/images', '{"name":"a","name":"b"}')).json.error).toBe('invalid-json');
    expect((await demo('POST', '/v2/images', '{"name":"a"}', { 'content-type': 'text/plain' })).status).toBe(201);
    expect((await demo('POST', '/v2/images', '"a"', { 'content-type': 'text/plain' })).json.error).toBe('invalid-body');
  });
});

describe('changing', () => {
  it('answers as the image is shown; what changes nothing appends nothing', async () => {
    const id = await create();
    const changed = await demo('PATCH', `/v2/images/${id}`, [{ op: 'add', path: '/__proto__', value: 'p' }], V21);
    expect(changed.status).toBe(200);
    expect(changed.headers.get('etag')).toBe('W/"2"');
    expect(changed.text).toContain('"__proto__":"p"');
    expect((await demo('GET', `/v2/images/${id}`)).text).toBe(changed.text);
    const same = await demo('PATCH', `/v2/images/${id}`, [], V21);
    expect(same.headers.get('etag')).toBe('W/"2"');
    expect(same.text).toBe(changed.text);
    expect(await types(id)).toEqual(['ImageCreated', 'ImagePropertySet']);
  });

  it('tells the old dialect that it is old, and other types which there are', async () => {
    const id = await create();
    const old = await demo('PATCH', `/v2/images/${id}`, [{ replace: '/name', value: 'y' }], V20);
    expect([old.status, old.headers.get('deprecation')]).toEqual([200, '@1365033600']);
    const other = await demo('PATCH', `/v2/images/${id}`, []);
    expect(other.status).toBe(415);
    expect(other.headers.get('accept-patch')).toContain('v2.1-json-patch');
  });

  it('takes If-Match as the version that is to be changed', async () => {
    const id = await create();
    const patch = (match: string, value: string) =>
      demo('PATCH', `/v2/images/${id}`, [{ op: 'replace', path: '/name', value }], { ...V21, 'if-match': match });
    expect((await patch('W/"2"', 'no')).json.error).toBe('precondition-failed');
    expect((await patch('W/"1"', 'yes')).json['name']).toBe('yes');
  });

  it('given 40 at once, then each is a version of its own', async () => {
    const id = await create();
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, i) =>
        demo('PATCH', `/v2/images/${id}`, [{ op: 'add', path: `/p${i}`, value: 'x' }], V21),
      ),
    );
    expect(new Set(answers.map(({ headers }) => headers.get('etag'))).size).toBe(40);
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(await types(id)).toHaveLength(41);
  });

  it('says not found to strangers, forbidden to members, of a shared image', async () => {
    const id = await create();
    const patch = () => alt('PATCH', `/v2/images/${id}`, [], V21);
    expect((await patch()).status).toBe(404);
    await catalog.sql.query(`INSERT INTO read_model.image_members VALUES ($1, 'alt', 'pending')`, [id]);
    expect((await patch()).json.error).toBe('forbidden');
    expect((await alt('PATCH', '/v2/images/nope', [], V21)).status).toBe(404);
  });
});

describe('tags and deactivation', () => {
  it('answers 204, again and again, and says what each changed', async () => {
    const id = await create();
    for (const _ of [1, 2]) expect((await demo('PUT', `/v2/images/${id}/tags/a%2Fb`)).status).toBe(204);
    expect((await demo('GET', `/v2/images/${id}`)).json['tags']).toEqual(['a/b']);
    expect((await demo('DELETE', `/v2/images/${id}/tags/a%2Fb`)).status).toBe(204);
    expect((await demo('DELETE', `/v2/images/${id}/tags/a%2Fb`)).status).toBe(404);
    await upload(id);
    expect((await admin('POST', `/v2/images/${id}/actions/deactivate`)).status).toBe(204);
    expect((await demo('POST', `/v2/images/${id}/actions/reactivate`)).json.error).toBe('forbidden');
    expect((await admin('POST', `/v2/images/${id}/actions/reactivate`)).status).toBe(204);
    expect((await types(id)).slice(1)).toEqual([
      ...[
        'ImageTagged',
        'ImageUntagged',
        'ImageUploadStarted',
        'ImageActivated',
        'ImageDeactivated',
        'ImageReactivated',
      ],
    ]);
  });
});

describe('uploading', () => {
  it('makes the image active in the name of who began, once', async () => {
    const id = await create();
    const { attempt, key } = await upload(id);
    expect(await blobs.stat(key)).toMatchObject({ size: 4 });
    const again = await catalog.gateway(`/internal/uploads/${attempt}/complete`, { image_id: id, ...digests });
    expect(again.status).toBe(204);
    const log = await events(id);
    expect(log.map(({ type, user }) => [type, user])).toEqual([
      ['ImageCreated', 'user-demo'],
      ['ImageUploadStarted', 'user-demo'],
      ['ImageActivated', 'user-demo'],
    ]);
    expect((await demo('GET', `/v2/images/${id}`)).json).toMatchObject({ status: 'active', size: 4 });
  });

  it('says what the data must be, and records what it was', async () => {
    const id = await create({ disk_format: 'qcow2' });
    const begun = await begin(id);
    const rule = { disk_format: 'qcow2', check: 'refuse', max_virtual_size: 64 * 1024 ** 4 };
    expect(begun).toMatchObject({ content: rule });
    const content = { virtual_size: 5_000_000_000, content_format: 'qcow2' };
    const body = { image_id: id, ...digests, ...content };
    expect((await catalog.gateway(`/internal/uploads/${begun.attempt}/complete`, body)).status).toBe(204);
    expect((await demo('GET', `/v2/images/${id}`)).json).toMatchObject({ virtual_size: 5_000_000_000 });
    expect((await demo('GET', '/v2/images?virtual_size_min=5000000000&disk_format=qcow2')).json).toMatchObject({
      images: [{ id }],
    });
    expect((await events(id)).at(-1)).toMatchObject({ type: 'ImageActivated', data: content });
    expect(await begin(await create({ container_format: 'ova' }))).toMatchObject({ content: null });
  });

  it('is begun by users through the gateway and settled by the gateway only', async () => {
    const id = await create();
    const { attempt } = await begin(id);
    const settled = await demo('POST', `/internal/uploads/${attempt}/complete`, { image_id: id, ...digests });
    expect(settled.json.error).toBe('forbidden');
    const renewed = await catalog.gateway(`/internal/uploads/${attempt}/renew`, { image_id: id });
    expect(renewed.status).toBe(204);
  });

  it('refuses what is too large, begun already, or has ended', async () => {
    const id = await create();
    const large = await demo('POST', `/internal/images/${id}/begin-upload`, { declared_size: 1001 });
    expect(large.json.error).toBe('image-too-large');
    const { attempt } = await begin(id);
    expect((await demo('POST', `/internal/images/${id}/begin-upload`, { declared_size: null })).json.error).toBe(
      'status-conflict',
    );
    const failed = { image_id: id, reason: 'client gone', killed: false };
    for (const _ of [1, 2])
      expect((await catalog.gateway(`/internal/uploads/${attempt}/fail`, failed)).status).toBe(204);
    for (const verb of ['complete', 'renew']) {
      const late = await catalog.gateway(`/internal/uploads/${attempt}/${verb}`, { image_id: id, ...digests });
      expect([late.status, late.json.error]).toEqual([409, 'attempt-superseded']);
    }
    expect(await types(id)).toEqual(['ImageCreated', 'ImageUploadStarted', 'ImageUploadFailed']);
    expect((await catalog.gateway(`/internal/uploads/${attempt}/complete`, { image_id: id })).json.error).toBe(
      'invalid-body',
    );
  });

  it('given that the image is deleted meanwhile, then it is told so', async () => {
    const id = await create();
    const { attempt } = await begin(id);
    expect((await demo('DELETE', `/v2/images/${id}`)).status).toBe(204);
    for (const verb of ['complete', 'renew']) {
      expect((await catalog.gateway(`/internal/uploads/${attempt}/${verb}`, { image_id: id, ...digests })).status).toBe(
        410,
      );
    }
  });

  it('given a lease that is renewed, then it lives; given one that is not, then it is queued again and nothing is left', async () => {
    const [kept, left] = [await create(), await create()];
    const [keptAttempt, leftAttempt] = [await begin(kept), await begin(left)];
    await (await write(keptAttempt.key)).commit();
    await (await write(leftAttempt.key)).commit();
    await eventually(async () => {
      const renewed = await catalog.gateway(`/internal/uploads/${keptAttempt.attempt}/renew`, { image_id: kept });
      expect(renewed.status).toBe(204);
      expect(await types(left)).toContain('ImageUploadExpired');
      expect(await blobs.stat(leftAttempt.key)).toBeNull();
    });
    expect((await demo('GET', `/v2/images/${left}`)).json['status']).toBe('queued');
    expect(await types(kept)).toEqual(['ImageCreated', 'ImageUploadStarted']);
    expect(await blobs.stat(keptAttempt.key)).not.toBeNull();
    expect((await events(left)).at(-1)).toMatchObject({ user: 'catalog', via: 'catalog' });
  });

  it('given data that appears after its attempt ended, then it is removed; given a key of no attempt, then it is reported and left', async () => {
    const id = await create();
    const { attempt, key } = await begin(id);
    await catalog.gateway(`/internal/uploads/${attempt}/fail`, { image_id: id, reason: 'x', killed: false });
    await eventually(async () => {
      const { rows } = await catalog.sql.query('SELECT remove_after FROM log.upload_leases WHERE key = $1', [key]);
      expect(rows[0].remove_after).toBeNull();
    });
    await (await write(key)).commit();
    const unknown = `images/aa/bb/${randomUUID()}`;
    await (await write(unknown)).commit();
    await eventually(async () => {
      expect(await blobs.stat(key)).toBeNull();
      const { rows } = await catalog.sql.query('SELECT key, size FROM log.quarantined_blobs');
      expect(rows).toEqual([{ key: unknown, size: '4' }]);
    });
    expect(await blobs.stat(unknown)).not.toBeNull();
  });
});

describe('an import that reworks what lies ready', () => {
  const reworked = async () => {
    const id = await create();
    const first = await begin(id);
    await (await write(first.key)).commit();
    await catalog.gateway(`/internal/uploads/${first.attempt}/stage`, { image_id: id, ...digests });
    const task_id = randomUUID();
    const asked = { task_id, method: 'glance-direct' };
    const begun = await catalog.taskWorker(`/internal/images/${id}/begin-import`, asked, person('demo', 'member'));
    expect(begun.json).toMatchObject({
      key: first.key,
      staged: { key: first.key },
      decompress: false,
      convert_to: null,
    });
    const places = [];
    for (let run = 0; run < 2; run += 1) {
      const { json } = await catalog.taskWorker(`/internal/images/${id}/rework-import`, { task_id });
      places.push(json as unknown as { attempt: string; key: string });
      await (await write(places[run]!.key)).commit();
    }
    return { id, task_id, staged: first.key, first: places[0]!, last: places[1]! };
  };
  const there = async (...keys: string[]) => Promise.all(keys.map(async (key) => (await blobs.stat(key)) !== null));

  it('given that it succeeds, then what came of its last run stays, and nothing else', async () => {
    const { id, staged, first, last } = await reworked();
    const late = await catalog.taskWorker(`/internal/uploads/${first.attempt}/complete`, { image_id: id, ...digests });
    expect(late.json.error).toBe('attempt-superseded');
    const body = { image_id: id, ...digests, size: 8, disk_format: 'qcow2' };
    expect((await catalog.taskWorker(`/internal/uploads/${last.attempt}/complete`, body)).status).toBe(204);
    expect((await demo('GET', `/v2/images/${id}`)).json).toMatchObject({
      status: 'active',
      size: 8,
      disk_format: 'qcow2',
    });
    await eventually(async () => expect(await there(staged, first.key, last.key)).toEqual([false, false, true]));
  });

  it('given that it fails, or nobody hears of it any more, then nothing stays', async () => {
    const failed = await reworked();
    const silent = await reworked();
    const { id, task_id } = failed;
    await catalog.taskWorker(`/internal/images/${id}/fail-import`, { task_id, reason: 'no disk' });
    for (const { id: image, staged, first, last } of [failed, silent]) {
      await eventually(async () => expect(await there(staged, first.key, last.key)).toEqual([false, false, false]));
      expect((await demo('GET', `/v2/images/${image}`)).json['status']).toBe('queued');
    }
  });
});

describe('deleting', () => {
  it('hides the image at once, and restores it as it was', async () => {
    const id = await create({ tags: ['a'] });
    await upload(id);
    const before = (await demo('GET', `/v2/images/${id}`)).json;
    expect((await demo('DELETE', `/v2/images/${id}`)).status).toBe(204);
    expect((await demo('GET', `/v2/images/${id}`)).status).toBe(404);
    expect((await demo('DELETE', `/v2/images/${id}`)).status).toBe(404);
    expect((await alt('POST', `/v2/images/${id}/actions/restore`)).status).toBe(404);
    expect((await demo('POST', `/v2/images/${id}/actions/restore`)).status).toBe(204);
    expect((await demo('GET', `/v2/images/${id}`)).json).toEqual({ ...before, updated_at: expect.any(String) });
    expect((await demo('POST', `/v2/images/${id}/actions/restore`)).json.error).toBe('status-conflict');
  });

  it('purges on request, removes the data after the grace, and tells that it is gone', async () => {
    const id = await create();
    const { key } = await upload(id);
    await demo('DELETE', `/v2/images/${id}`);
    expect((await demo('POST', `/v2/images/${id}/actions/purge`)).status).toBe(204);
    expect(await blobs.stat(key)).not.toBeNull();
    expect((await demo('POST', `/v2/images/${id}/actions/restore`)).status).toBe(404);
    await eventually(async () => expect((await types(id)).at(-1)).toBe('ImageDataRemoved'));
    expect(await blobs.stat(key)).toBeNull();
    expect(existsSync(join(catalog.blobsDir, 'blobs', key))).toBe(false);
  });

  it('purges by itself when the time to restore is over', async () => {
    const id = await create();
    await upload(id);
    await demo('DELETE', `/v2/images/${id}`);
    await eventually(async () => expect((await types(id)).at(-1)).toBe('ImageDataRemoved'));
    const log = await events(id);
    expect(log.at(-2)).toMatchObject({ type: 'ImagePurged', user: 'catalog' });
  });
});

describe('a chore', () => {
  it('is asked for by the task-worker in its own name, by a name of the table', async () => {
    const path = '/internal/chores/expire-uploads';
    expect((await catalog.taskWorker(path, {})).json).toEqual({ done: 0, next: null });
    expect((await catalog.taskWorker(path, {}, person('demo', 'admin'))).status).toBe(403);
    expect((await catalog.gateway(path, {})).status).toBe(403);
    expect((await catalog.taskWorker('/internal/chores/tidy', {})).status).toBe(404);
    expect((await catalog.taskWorker(path, { from: 7 })).status).toBe(400);
  });

  it('says that there is more while its list is longer than a round', async () => {
    for (let count = 0; count < 101; count += 1) await begin(await create());
    await catalog.sql.query(
      `UPDATE log.upload_leases SET lease_until = clock_timestamp() - interval '1 second' WHERE lease_until IS NOT NULL`,
    );
    const round = (name: string) => catalog.taskWorker(`/internal/chores/${name}`, { from: null });
    expect((await round('expire-uploads')).json).toEqual({ done: 100, next: 'more' });
    expect((await round('expire-uploads')).json).toMatchObject({ next: null });
    expect((await round('remove-unused-data')).json).toMatchObject({ next: 'more' });
    await catalog.keepHouse();
  }, 60_000);

  it('given that another process is at it, then it is left to that one', async () => {
    const other = await catalog.sql.connect();
    const lock = `pg_advisory_lock(7218, hashtext('expire-uploads'))`;
    await other.query(`SELECT ${lock}`);
    const { attempt } = await begin(await create());
    await catalog.sql.query(
      `UPDATE log.upload_leases SET lease_until = clock_timestamp() - interval '1 second' WHERE attempt = $1`,
      [attempt],
    );
    const round = () => catalog.taskWorker('/internal/chores/expire-uploads', {});
    try {
      expect((await round()).json).toEqual({ done: 0, next: null });
    } finally {
      await other.query('SELECT pg_advisory_unlock_all()');
      other.release();
    }
    expect((await round()).json).toEqual({ done: 1, next: null });
  });
});
