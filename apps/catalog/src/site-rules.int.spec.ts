// What a site can say about its images by configuration: standard images, protected properties, the schema.
import { jest } from '@jest/globals';
import { startCatalogProcess, type CatalogProcess } from './testing/catalog-process.js';

jest.setTimeout(30_000);

const person = (project: string, ...roles: string[]) => ({
  user: `user-${project}`,
  project,
  roles,
  source: 'embedded' as const,
});
const patchType = { 'content-type': 'application/openstack-images-v2.1-json-patch' };
const protections = `
[billing_.*]
create = admin
read = admin
update = admin
delete = admin
[.*]
create = @
read = @
update = @
delete = @
`;

let catalog: CatalogProcess;
let admin: ReturnType<CatalogProcess['as']>;
let gold: ReturnType<CatalogProcess['as']>;
let rackconnect: ReturnType<CatalogProcess['as']>;
let plain: ReturnType<CatalogProcess['as']>;

beforeAll(async () => {
  catalog = await startCatalogProcess({
    CLOUD_IMAGES_SERVICE_LEVEL_ROLES: 'gold-role=gold,core-role=core',
    CLOUD_IMAGES_RACKCONNECT_ROLES: 'rax_connect',
    CLOUD_IMAGES_PROPERTY_PROTECTIONS: protections,
  });
  admin = catalog.as(person('admin', 'admin'));
  gold = catalog.as(person('gold', 'member', 'gold-role'));
  rackconnect = catalog.as(person('rackconnect', 'member', 'rax_connect'));
  plain = catalog.as(person('plain', 'member'));
});
afterAll(() => catalog.stop());

const create = async (fields: object, as = admin): Promise<string> => {
  const answer = await as('POST', '/v2/images', { name: 'x', ...fields });
  expect([answer.status, answer.text]).toEqual([201, expect.any(String)]);
  return answer.json.id;
};
const future = '2090-01-01T00:00:00Z';
const names = async (as: typeof admin, query: string) =>
  ((await as('GET', `/v2/images?${query}`)).json as unknown as { images: { name: string }[] }).images
    .map(({ name }) => name)
    .sort();
const standard = async (as: typeof admin, id: string) => (await as('GET', `/v2/images/${id}`)).json['standard'];

describe('standard images', () => {
  let levels: string;
  let rc: string;
  let ended: string;

  beforeAll(async () => {
    const visibility = 'public';
    levels = await create({ name: 'levels', visibility, standard_service_levels: 'core, gold', end_of_life: future });
    rc = await create({ name: 'rc', visibility, standard_rackconnect: 'true' });
    ended = await create({
      name: 'ended',
      visibility,
      standard_service_levels: 'gold',
      end_of_life: '2020-01-01T00:00:00Z',
    });
    await create({ name: 'unmarked', visibility });
    await create({ name: 'own' }, gold);
  });

  it('are standard for whom they are meant, until their end of life', async () => {
    expect(await Promise.all([gold, rackconnect, plain].map((as) => standard(as, levels)))).toEqual([
      true,
      false,
      false,
    ]);
    expect(await Promise.all([gold, rackconnect, plain].map((as) => standard(as, rc)))).toEqual([false, true, false]);
    expect(await standard(gold, ended)).toBe(false);
  });

  it('are listed apart from nonstandard ones', async () => {
    expect(await names(gold, 'standard=true')).toEqual(['levels']);
    expect(await names(rackconnect, 'standard=true')).toEqual(['rc']);
    expect(await names(plain, 'standard=true')).toEqual([]);
    expect(await names(gold, 'standard=false')).toEqual(['ended', 'own', 'rc', 'unmarked']);
    expect(await names(gold, 'standard=true&sort=name:asc&limit=5')).toEqual(['levels']);
    expect((await gold('GET', '/v2/images?standard=maybe')).status).toBe(400);
  });

  it('say it in lists too, in a boolean', async () => {
    const { json } = await gold('GET', '/v2/images?name=levels');
    expect((json as any).images).toMatchObject([{ standard: true, standard_service_levels: 'core, gold' }]);
  });

  it('are marked by administrators only', async () => {
    expect(await gold('POST', '/v2/images', { end_of_life: future })).toMatchObject({
      status: 403,
      json: { error: 'reserved-attribute' },
    });
    const id = await create({}, gold);
    const mark = JSON.stringify([{ op: 'add', path: '/standard_rackconnect', value: 'true' }]);
    expect((await gold('PATCH', `/v2/images/${id}`, mark, patchType)).status).toBe(403);
    expect((await admin('PATCH', `/v2/images/${id}`, mark, patchType)).status).toBe(200);
    const unmark = JSON.stringify([{ op: 'remove', path: '/standard_rackconnect' }]);
    expect((await gold('PATCH', `/v2/images/${id}`, unmark, patchType)).status).toBe(403);
  });

  it.each([{ end_of_life: 'tomorrow' }, { end_of_life: '2026-13-01T00:00:00Z' }, { standard_rackconnect: 'yes' }])(
    'are not marked by %j',
    async (fields) => {
      expect(await admin('POST', '/v2/images', fields)).toMatchObject({
        status: 400,
        json: { error: 'schema-violation' },
      });
    },
  );

  it('are not made by saying so', async () => {
    const id = await create({ standard: true }, gold);
    expect(await standard(gold, id)).toBe(false);
    const patch = JSON.stringify([{ op: 'add', path: '/standard', value: true }]);
    expect((await gold('PATCH', `/v2/images/${id}`, patch, patchType)).json.error).toBe('read-only-attribute');
  });

  it('leave an event when their end of life comes, once', async () => {
    const events = async () => {
      const { rows } = await catalog.sql.query(
        `SELECT data->>'end_of_life' AS "end" FROM log.events WHERE stream = $1 AND type = 'ImageEndOfLifeReached'`,
        [`image-${ended}`],
      );
      return (rows as { end: string }[]).map(({ end }) => end);
    };
    await catalog.keepHouse();
    await catalog.keepHouse();
    expect(await events()).toEqual(['2020-01-01T00:00:00Z']);
    expect((await catalog.sql.query('SELECT 1 FROM log.due_ends WHERE end_of_life < $1', ['2021'])).rowCount).toBe(0);
  });
});

describe('protected properties', () => {
  let id: string;
  beforeAll(async () => {
    id = await create({ name: 'billed', visibility: 'public', billing_code: '42', note: 'a' });
  });
  const patch = (as: typeof admin, ...operations: object[]) =>
    as('PATCH', `/v2/images/${id}`, JSON.stringify(operations), patchType);

  it('are shown to those alone who may read them, also in lists', async () => {
    expect((await admin('GET', `/v2/images/${id}`)).json).toMatchObject({ billing_code: '42', note: 'a' });
    expect((await plain('GET', `/v2/images/${id}`)).json).not.toHaveProperty('billing_code');
    const listed = ((await plain('GET', '/v2/images?name=billed')).json as any).images[0];
    expect([listed.note, 'billing_code' in listed]).toEqual(['a', false]);
  });

  it('can not be found out by filtering', async () => {
    expect(await names(admin, 'billing_code=42')).toEqual(['billed']);
    expect(await names(plain, 'billing_code=42')).toEqual([]);
  });

  it('are not written by others, who are told of no value', async () => {
    expect((await plain('POST', '/v2/images', { billing_x: 'y' })).json.error).toBe('property-protected');
    const own = await create({}, plain);
    const add = JSON.stringify([{ op: 'add', path: '/billing_x', value: 'y' }]);
    expect((await plain('PATCH', `/v2/images/${own}`, add, patchType)).status).toBe(403);
    const remove = JSON.stringify([{ op: 'remove', path: '/billing_x' }]);
    await admin('PATCH', `/v2/images/${own}`, add, patchType);
    expect((await plain('PATCH', `/v2/images/${own}`, remove, patchType)).json.error).toBe('property-conflict');
    const changed = await plain(
      'PATCH',
      `/v2/images/${own}`,
      '[{"op":"replace","path":"/name","value":"z"}]',
      patchType,
    );
    expect([changed.status, 'billing_x' in changed.json]).toEqual([200, false]);
  });

  it('are written by those who may', async () => {
    expect((await patch(admin, { op: 'replace', path: '/billing_code', value: '43' })).json['billing_code']).toBe('43');
    expect((await patch(admin, { op: 'remove', path: '/billing_code' })).status).toBe(200);
  });
});

describe('a site without arbitrary attributes', () => {
  let strict: CatalogProcess;
  let demo: ReturnType<CatalogProcess['as']>;
  beforeAll(async () => {
    strict = await startCatalogProcess({ CLOUD_IMAGES_ARBITRARY_PROPERTIES: 'false' });
    demo = strict.as(person('demo', 'member'));
  });
  afterAll(() => strict.stop());

  it('says so in its schema', async () => {
    const { json } = await demo('GET', '/v2/schemas/image');
    expect(json['additionalProperties']).toBe(false);
  });

  it('takes what the schema names, and refuses the rest with 403', async () => {
    const made = await demo('POST', '/v2/images', { os_distro: 'debian', os_version: '13' });
    expect(made.status).toBe(201);
    expect(made.json).not.toHaveProperty('standard');
    expect((await demo('POST', '/v2/images', { note: 'x' })).json.error).toBe('attribute-not-allowed');
    const add = JSON.stringify([{ op: 'add', path: '/note', value: 'x' }]);
    expect(await demo('PATCH', `/v2/images/${made.json.id}`, add, patchType)).toMatchObject({
      status: 403,
      json: { error: 'attribute-not-allowed' },
    });
  });
});
