// Limits of projects on a real PostgreSQL: exact under concurrency, counted with the events, shown.
import { randomUUID } from 'node:crypto';
import { jest } from '@jest/globals';
import { startCatalogProcess, type CatalogProcess } from './testing/catalog-process.js';

jest.setTimeout(30_000);

const person = (project: string, ...roles: string[]) => ({
  user: `user-${project}`,
  project,
  roles,
  source: 'embedded' as const,
});
const formats = { disk_format: 'raw', container_format: 'bare' };
const digests = { checksum: 'c'.repeat(32), os_hash_algo: 'sha512', os_hash_value: 'd'.repeat(128) };

describe('limits of projects', () => {
  let catalog: CatalogProcess;
  const as = (project: string) => catalog.as(person(project, 'member'));
  const create = (project: string, fields: object = {}) =>
    as(project)('POST', '/v2/images', { name: 'x', ...formats, ...fields });
  const made = async (project: string) => (await create(project)).json.id;
  const begin = (project: string, id: string, size: number | null) =>
    as(project)('POST', `/internal/images/${id}/begin-upload`, { declared_size: size });
  const complete = (id: string, attempt: unknown, size: number) =>
    catalog.gateway(`/internal/uploads/${String(attempt)}/complete`, { image_id: id, size, ...digests });
  const usage = async (project: string) => (await as(project)('GET', '/v2/info/usage')).json['usage'] as any;
  const counted = async (project: string) => {
    const { rows } = await catalog.sql.query(
      `SELECT coalesce(sum(images), 0)::int AS images, coalesce(sum(bytes), 0)::int AS bytes,
         coalesce(sum(uploads), 0)::int AS uploads FROM log.project_usage WHERE project = $1`,
      [project],
    );
    return rows[0] as { images: number; bytes: number; uploads: number };
  };

  beforeAll(async () => {
    catalog = await startCatalogProcess({
      CLOUD_IMAGES_DELETE_DELAY_SECONDS: '3600',
      CLOUD_IMAGES_QUOTA_MARGIN: '20',
      CLOUD_IMAGES_QUOTA_TAGS: '2',
      CLOUD_IMAGES_PROJECT_QUOTAS: JSON.stringify({
        few: { images: 5 },
        many: { images: 60 },
        bytes: { bytes: 10 },
        turns: { uploads: 2 },
        escape: { bytes: 10 },
        reworks: { bytes: 10 },
        small: { image_bytes: 3, properties: 1 },
      }),
    });
  });
  afterAll(() => catalog.stop());

  it.each([
    ['few', 5, 40],
    ['many', 60, 120],
  ])('given %s, then exactly %i of %i creators at once succeed', async (project, limit, creators) => {
    // As clients do: told that no connection was free in time, they ask again.
    const answered = async () => {
      for (const end = Date.now() + 20_000; ;) {
        const answer = await create(project);
        if (answer.status !== 503 || Date.now() > end) return answer;
      }
    };
    const answers = await Promise.all(Array.from({ length: creators }, answered));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(limit);
    const refused = answers.filter(({ status }) => status === 413);
    expect(refused).toHaveLength(creators - limit);
    expect(refused[0]?.json).toMatchObject({
      error: 'quota-exceeded',
      message: `The project may have ${limit} images; it has ${limit}.`,
    });
    expect(await usage(project)).toMatchObject({ image_count_total: { limit, usage: limit } });
  });

  it('gives the place of a deleted image back: at once without data, else when it is purged', async () => {
    const { json } = await as('few')('GET', '/v2/images?limit=1');
    const [{ id }] = (json as any).images;
    expect((await as('few')('DELETE', `/v2/images/${id}`)).status).toBe(204);
    expect((await counted('few')).images).toBe(4);
    expect((await create('few', { size: 0 })).status).toBe(201);
    const empty = ((await as('few')('GET', '/v2/images?status=active')).json as any).images[0].id;
    await as('few')('DELETE', `/v2/images/${empty}`);
    expect((await create('few')).status).toBe(413);
    expect((await as('few')('POST', `/v2/images/${empty}/actions/purge`)).status).toBe(204);
    expect((await create('few')).status).toBe(201);
  });

  it('reserves what is announced at the beginning, and gives back what did not come', async () => {
    const [one, two] = [await made('bytes'), await made('bytes')];
    const begun = await begin('bytes', one, 6);
    expect(begun.status).toBe(200);
    expect(await begin('bytes', two, 5)).toMatchObject({
      status: 413,
      json: { error: 'quota-exceeded', message: 'The project may have 10 bytes of image data; it has 6.' },
    });
    await catalog.gateway(`/internal/uploads/${String(begun.json['attempt'])}/fail`, {
      image_id: one,
      reason: 'gone',
      killed: false,
    });
    expect(await counted('bytes')).toMatchObject({ bytes: 0, uploads: 0 });
    const again = await begin('bytes', two, 5);
    expect((await complete(two, again.json['attempt'], 5)).status).toBe(204);
    expect(await counted('bytes')).toMatchObject({ bytes: 5, uploads: 0 });
  });

  it('given no length, then what is left is the most, and the whole counts when it is there', async () => {
    const [one, two] = [await made('bytes'), await made('bytes')];
    const [first, second] = [await begin('bytes', one, null), await begin('bytes', two, null)];
    for (const { json } of [first, second]) {
      expect(json).toMatchObject({ max_size: 5, over_quota: 'The project may have 10 bytes of image data; it has 5.' });
    }
    const outcomes = await Promise.all([
      complete(one, first.json['attempt'], 4),
      complete(two, second.json['attempt'], 4),
    ]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual([204, 413]);
    expect(await counted('bytes')).toMatchObject({ bytes: 9 });
  });

  it('given two uploads at a time, then a third waits for one of them to end', async () => {
    const ids = await Promise.all([made('turns'), made('turns'), made('turns'), made('turns')]);
    const answers = await Promise.all(ids.map((id) => begin('turns', id, 1)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 413, 413]);
    const at = answers.findIndex(({ status }) => status === 200);
    await complete(ids[at]!, answers[at]!.json['attempt'], 1);
    const refused = answers.findIndex(({ status }) => status === 413);
    expect((await begin('turns', ids[refused]!, 1)).status).toBe(200);
  });

  it('given an image that is deleted while it is saved, then what was announced counts until it is gone (CVE-2014-9623)', async () => {
    const [one, two] = [await made('escape'), await made('escape')];
    expect((await begin('escape', one, 8)).status).toBe(200);
    expect((await as('escape')('DELETE', `/v2/images/${one}`)).status).toBe(204);
    expect(await begin('escape', two, 8)).toMatchObject({ status: 413 });
    await catalog.keepHouse();
    expect((await counted('escape')).bytes).toBe(0);
    expect((await begin('escape', two, 8)).status).toBe(200);
  });

  it('given staged data that an import makes more of, then all of that counts, and no more than the limit', async () => {
    const id = await made('reworks');
    const staged = (await begin('reworks', id, 4)).json['attempt'];
    await catalog.gateway(`/internal/uploads/${String(staged)}/stage`, { image_id: id, size: 4, ...digests });
    const task_id = randomUUID();
    const requester = { user: 'u', project: 'reworks', roles: ['member'], source: 'embedded' } as const;
    const method = 'glance-direct';
    await catalog.taskWorker(`/internal/images/${id}/begin-import`, { task_id, method }, requester);
    const { json } = await catalog.taskWorker(`/internal/images/${id}/rework-import`, { task_id });
    expect([json['max_size'], await counted('reworks')]).toEqual([10, { images: 1, bytes: 4, uploads: 1 }]);
    const completed = (size: number) =>
      catalog.taskWorker(`/internal/uploads/${String(json['attempt'])}/complete`, { image_id: id, size, ...digests });
    expect((await completed(11)).json.error).toBe('quota-exceeded');
    expect((await completed(10)).status).toBe(204);
    expect(await counted('reworks')).toEqual({ images: 1, bytes: 10, uploads: 0 });
  });

  it('limits the size, the properties and the tags of one image by project', async () => {
    const id = await made('small');
    expect(await begin('small', id, 4)).toMatchObject({ status: 413, json: { error: 'image-too-large' } });
    expect(await create('small', { a: 'x', b: 'y' })).toMatchObject({ status: 413, json: { error: 'limit-exceeded' } });
    expect((await create('other', { a: 'x', b: 'y', tags: ['a', 'b'] })).status).toBe(201);
    expect(await create('other', { tags: ['a', 'b', 'c'] })).toMatchObject({ status: 413 });
  });

  it('given an image that changes its owner, then the usage moves with it', async () => {
    const id = await made('giver');
    const admin = catalog.as(person('admin', 'admin'));
    const change = [{ op: 'replace', path: '/owner', value: 'taker' }];
    const type = { 'content-type': 'application/openstack-images-v2.1-json-patch' };
    expect((await admin('PATCH', `/v2/images/${id}`, JSON.stringify(change), type)).status).toBe(200);
    expect([(await counted('giver')).images, (await counted('taker')).images]).toEqual([0, 1]);
  });

  it('has counted what a count of all images says', async () => {
    const { rows } = await catalog.sql.query(
      `SELECT owner AS project, (count(*) FILTER (WHERE status <> 'deleted'))::int AS images,
         coalesce(sum(size), 0)::int AS bytes FROM read_model.images GROUP BY owner`,
    );
    for (const { project, ...wanted } of rows as { project: string; images: number; bytes: number }[]) {
      const { rows: open } = await catalog.sql.query(
        `SELECT coalesce(sum(reserved), 0)::int AS reserved FROM log.upload_leases l JOIN read_model.images i ON i.id = l.image_id
         WHERE i.owner = $1 AND i.status = 'saving' AND lease_until IS NOT NULL`,
        [project],
      );
      expect(await counted(project)).toMatchObject({
        images: wanted.images,
        bytes: wanted.bytes + (open[0] as { reserved: number }).reserved,
      });
    }
    await catalog.sql.query(
      'CREATE TABLE public.before AS SELECT project, sum(images) i, sum(bytes) b, sum(uploads) u FROM log.project_usage GROUP BY 1',
    );
    await catalog.sql.query('UPDATE log.usage_state SET counted = false');
    await catalog.sql.query('SET search_path = read_model, log; SELECT log.count_usage(1)');
    const { rows: differing } = await catalog.sql.query(
      `SELECT * FROM public.before FULL JOIN
         (SELECT project, sum(images) i, sum(bytes) b, sum(uploads) u FROM log.project_usage GROUP BY 1) now USING (project, i, b, u)
       WHERE now.project IS NULL OR before.project IS NULL`,
    );
    expect(differing.filter(({ i }) => i !== '0')).toEqual([]);
  });

  it('counts nothing and shows nothing where nobody is limited', async () => {
    const free = await startCatalogProcess();
    try {
      const demo = free.as(person('demo', 'member'));
      await demo('POST', '/v2/images', { id: randomUUID() });
      expect((await demo('GET', '/v2/info/usage')).json).toEqual({ usage: {} });
      expect((await free.sql.query('SELECT 1 FROM log.project_usage')).rowCount).toBe(0);
    } finally {
      await free.stop();
    }
  });
});
