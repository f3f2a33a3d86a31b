// Sections 1.1, 1.8 and 2: creating, showing, changing and deleting images; one row a rule.
import { randomUUID } from 'node:crypto';
import { makeImage } from '../images.ts';
import { people, type Person } from '../service.ts';
import { check, titled, type Row } from './row.ts';

const V21 = 'application/openstack-images-v2.1-json-patch';
const V20 = 'application/openstack-images-v2.0-json-patch';
const image = '/v2/images/{id}';
const formats = { disk_format: 'raw', container_format: 'bare' };
const long = (n: number) => 'x'.repeat(n);

const made = (rule: string, says: string, body: object, json: Row['json'], extra: Partial<Row> = {}): Row => ({
  rule,
  says,
  method: 'POST',
  path: '/v2/images',
  call: { body },
  status: 201,
  ...(json === undefined ? {} : { json }),
  ...extra,
});
const kept = (rule: string, says: string, body: object): Row => made(rule, says, body, body);
const denied = (rule: string, says: string, body: unknown, status: number, code: string): Row => ({
  rule,
  says,
  method: 'POST',
  path: '/v2/images',
  call: { body },
  status,
  code,
});

const creations: Row[] = [
  made('1.1 create', 'Location is absolute and names the image', {}, undefined, {
    headers: { location: /^http:\/\/[^/]+\/v2\/images\/[0-9a-f-]{36}$/ },
  }),
  made('1.1 create', 'the header of import methods is there', {}, undefined, {
    headers: { 'openstack-image-import-methods': 'glance-direct,web-download', 'openstack-image-store-ids': null },
  }),
  made('1.1 create', 'the ETag is that of the first version', {}, undefined, { headers: { etag: 'W/"1"' } }),
  made(
    '1.1 create',
    'queued, shared, unprotected, shown, of the creator’s project',
    {},
    {
      status: 'queued',
      visibility: 'shared',
      protected: false,
      os_hidden: false,
      min_disk: 0,
      min_ram: 0,
      tags: [],
      owner: '{project:demo}',
      schema: '/v2/schemas/image',
    },
  ),
  made(
    '1.1 create',
    'JSON without a content type',
    {},
    { status: 'queued' },
    {
      call: { body: { name: 'untyped' }, headers: { 'content-type': 'text/plain' } },
    },
  ),
  ...['public', 'private', 'shared', 'community'].map((visibility) =>
    made('1.1 create attributes', `visibility ${visibility}`, { visibility }, { visibility }, { as: 'admin' }),
  ),
  ...['private', 'shared', 'community'].map((visibility) =>
    kept('1.1 create attributes', `visibility ${visibility} as an ordinary user`, { visibility }),
  ),
  ...['ami', 'ari', 'aki', 'bare', 'ovf', 'ova', 'docker', 'compressed'].map((container_format) =>
    kept('1.1 create attributes', `container format ${container_format}`, { container_format }),
  ),
  ...['ami', 'ari', 'aki', 'vhd', 'vhdx', 'vmdk', 'raw', 'qcow2', 'vdi', 'iso', 'ploop'].map((disk_format) =>
    kept('1.1 create attributes', `disk format ${disk_format}`, { disk_format }),
  ),
  ...[0, 1, 2147483647].flatMap((amount) => [
    kept('1.1 create attributes', `min_disk ${amount}`, { min_disk: amount }),
    kept('1.1 create attributes', `min_ram ${amount}`, { min_ram: amount }),
  ]),
  kept('1.1 create attributes', 'protected and hidden', { protected: true, os_hidden: true }),
  kept('1.1 create attributes', 'a name of 255', { name: long(255) }),
  kept('1.1 create attributes', 'a name with three-byte characters', { name: 'イメージ é' }),
  kept('1.1 create attributes', 'the empty name', { name: '' }),
  kept('1.1 create attributes', 'a tag of 255', { tags: [long(255)] }),
  kept('1.1 create attributes', 'an empty custom value', { note: '' }),
  kept('1.1 create attributes', 'a custom value of 70,000 characters', { note: long(70_000) }),
  kept('1.1 create attributes', 'a custom name of 255', { [long(255)]: 'x' }),
  kept('1.1 create attributes', 'custom names that other things are called by', { constructor: 'x', toString: 'y' }),
  kept('1.1 create attributes', 'org.openstack… is an ordinary name', {
    org_openstack: 'x',
    'org.openstack__1__a': 'y',
  }),
  made('1.1 create attributes', 'a tag given twice is there once', { tags: ['b', 'a', 'b'] }, (json) =>
    expect([...json.tags].sort()).toEqual(['a', 'b']),
  ),
  made('1.1 create attributes', 'one’s own project as owner', { owner: '{project:demo}' }, { owner: '{project:demo}' }),
  made(
    '1.1 create attributes',
    'an admin gives it to another project',
    { owner: 'elsewhere' },
    { owner: 'elsewhere' },
    {
      as: 'admin',
    },
  ),
  made(
    '1.1 create attributes',
    'copied digests are dropped',
    { os_hash_algo: 'sha512', os_hash_value: 'x' },
    (json) => {
      expect(json).not.toHaveProperty('os_hash_algo');
      expect(json).not.toHaveProperty('os_hash_value');
    },
  ),
  made(
    '1.1 create attributes',
    'an id is kept as it is spelled',
    { id: 'ABCDEF01-2345-4678-9ABC-DEF012345678' },
    {
      id: 'ABCDEF01-2345-4678-9ABC-DEF012345678',
      self: '/v2/images/ABCDEF01-2345-4678-9ABC-DEF012345678',
    },
  ),
  denied('1.1 create attributes', 'an id that is taken, in any case', { id: '{image:plain}' }, 409, 'id-taken'),
  denied('1.1 create attributes', 'the id of a deleted image', { id: '{image:deleted}' }, 409, 'id-taken'),

  made(
    '1.1 create empty',
    'it is active at once with the digests of nothing',
    { size: 0, ...formats },
    {
      status: 'active',
      size: 0,
      checksum: 'd41d8cd98f00b204e9800998ecf8427e',
      os_hash_algo: 'sha512',
    },
  ),
  denied('1.1 create empty', 'without a disk format', { size: 0, container_format: 'bare' }, 400, 'formats-required'),
  denied('1.1 create empty', 'without a container format', { size: 0, disk_format: 'raw' }, 400, 'formats-required'),
  ...[1, -1, '0', null].map((size) =>
    denied('1.1 create empty', `size ${JSON.stringify(size)}`, { size, ...formats }, 403, 'read-only-attribute'),
  ),
  {
    rule: '1.1 create empty',
    says: 'its file is 200 with no bytes',
    on: 'empty',
    method: 'GET',
    path: `${image}/file`,
    status: 200,
    headers: { 'content-length': '0', 'content-md5': 'd41d8cd98f00b204e9800998ecf8427e' },
  },

  ...(
    'arch centos debian fedora freebsd gentoo mandrake mandriva mes msdos netbsd netware openbsd opensolaris opensuse ' +
    'rhel sled ubuntu windows'
  )
    .split(' ')
    .map((os_distro) => kept('concepts os_distro', os_distro, { os_distro, os_version: '13.1' })),
  ...['Debian', 'UBUNTU', 'alpine', ''].map((os_distro) =>
    denied('concepts os_distro', `${JSON.stringify(os_distro)} is refused`, { os_distro }, 400, 'schema-violation'),
  ),
];

const never = [
  ...['id', 'status', 'size', 'virtual_size', 'checksum', 'os_hash_algo', 'os_hash_value', 'created_at', 'updated_at'],
  ...['self', 'file', 'schema', 'direct_url'],
];
const reserved = ['location', 'deleted', 'deleted_at', 'os_glance_import_task', 'os_glance', 'com.rackspace__1__x'];
const base = ['name', 'visibility', 'protected', 'os_hidden', 'owner', 'container_format', 'disk_format', 'min_disk'];

const patched = (
  rule: string,
  says: string,
  operations: unknown,
  expected: { status?: number; code?: string; json?: Row['json']; on?: string; type?: string; as?: string } = {},
): Row => ({
  rule,
  says,
  on: expected.on ?? 'patched',
  ...(expected.as === undefined ? {} : { as: expected.as }),
  method: 'PATCH',
  path: image,
  call: { body: operations, headers: { 'content-type': expected.type ?? V21 } },
  status: expected.status ?? 200,
  ...(expected.code === undefined ? {} : { code: expected.code }),
  ...(expected.json === undefined ? {} : { json: expected.json }),
});
const replace = (name: string, value: unknown) => [{ op: 'replace', path: `/${name}`, value }];

const changes: Row[] = [
  ...never.flatMap((name) => [
    patched('2 reserved', `replace of ${name}`, replace(name, 'x'), { status: 403, code: 'read-only-attribute' }),
    patched('2 reserved', `remove of ${name}`, [{ op: 'remove', path: `/${name}` }], {
      status: 403,
      code: 'read-only-attribute',
    }),
  ]),
  ...reserved.map((name) =>
    patched('2 reserved', `add of ${name}`, [{ op: 'add', path: `/${name}`, value: 'x' }], {
      status: 403,
      code: 'reserved-attribute',
    }),
  ),
  ...reserved.map((name) => denied('2 reserved', `create with ${name}`, { [name]: 'x' }, 403, 'reserved-attribute')),
  ...[...base, 'min_ram', 'tags'].map((name) =>
    patched('1.1 update refused', `remove of the base attribute ${name}`, [{ op: 'remove', path: `/${name}` }], {
      status: 403,
      code: 'forbidden',
    }),
  ),
  ...(
    [
      ['name', 'other'],
      ['name', null],
      ['visibility', 'private'],
      ['visibility', 'community'],
      ['visibility', 'shared'],
      ['protected', true],
      ['protected', false],
      ['os_hidden', true],
      ['os_hidden', false],
      ['min_disk', 7],
      ['min_ram', 512],
      ['container_format', 'ovf'],
      ['disk_format', 'qcow2'],
      ['tags', ['one', 'two']],
      ['tags', []],
    ] as const
  ).map(([name, value]) =>
    patched('1.1 update', `${name} becomes ${JSON.stringify(value)}`, replace(name, value), {
      json: (json) => (value === null ? expect(json).not.toHaveProperty(name) : expect(json[name]).toEqual(value)),
    }),
  ),
  patched('1.1 update', 'an admin changes another project’s image', replace('min_disk', 3), { as: 'admin' }),
  patched('1.1 update', 'an admin changes the owner', replace('owner', 'another'), {
    as: 'admin',
    on: 'given',
    json: { owner: 'another' },
  }),
  patched('1.1 update', 'an admin publishes', replace('visibility', 'public'), {
    as: 'admin',
    on: 'published',
    json: { visibility: 'public' },
  }),
  ...['disk_format', 'container_format'].map((name) =>
    patched('1.1 update refused', `${name} once there is data`, replace(name, 'iso'), {
      on: 'active',
      status: name === 'disk_format' ? 403 : 400,
    }),
  ),
  ...[
    'application/json',
    'application/json-patch+json',
    'text/plain',
    'application/openstack-images-v2.2-json-patch',
  ].map((type): Row => ({
    ...patched('1.1 update refused', `the media type ${type}`, [], {
      status: 415,
      code: 'unsupported-media-type',
      type,
    }),
    headers: { 'accept-patch': `${V21}, ${V20}` },
  })),

  patched('1.8 v2.1', 'add of a new property', [{ op: 'add', path: '/fresh', value: 'a' }], { json: { fresh: 'a' } }),
  patched(
    '1.8 v2.1',
    'add overwrites',
    [
      { op: 'add', path: '/twice', value: 'a' },
      { op: 'add', path: '/twice', value: 'b' },
    ],
    { json: { twice: 'b' } },
  ),
  patched('1.8 v2.1', 'replace', replace('keep', 'changed'), { json: { keep: 'changed' } }),
  patched(
    '1.8 v2.1',
    'remove',
    [
      { op: 'add', path: '/brief', value: 'a' },
      { op: 'remove', path: '/brief' },
    ],
    { json: (json) => expect(json).not.toHaveProperty('brief') },
  ),
  patched('1.8 v2.1', 'the empty list', [], {}),
  patched(
    '1.8 v2.1',
    'what an operation says beside its members is ignored',
    [{ op: 'add', path: '/noted', value: 'a', comment: 'because' }],
    { json: { noted: 'a' } },
  ),
  ...['test', 'move', 'copy', 'ADD', ''].map((op) =>
    patched(
      '1.8 v2.1',
      `op ${JSON.stringify(op)} is no operation`,
      [{ op, path: '/keep', value: 'x', from: '/keep' }],
      {
        status: 400,
        code: 'invalid-patch',
      },
    ),
  ),
  ...[1, true, null, {}, ['x'], 1.5].map((value) =>
    patched('1.8 v2.1', `a custom value ${JSON.stringify(value)} is no text`, [{ op: 'add', path: '/bad', value }], {
      status: 400,
      code: 'schema-violation',
    }),
  ),
  patched(
    '1.8 v2.0',
    'add, replace and remove',
    [{ add: '/old', value: 'a' }, { replace: '/old', value: 'b' }, { remove: '/old' }],
    { type: V20 },
  ),
  {
    ...patched('1.8 v2.0', 'the answer is marked as deprecated', [], { type: V20 }),
    headers: { deprecation: '@1365033600' },
  },
  { ...patched('1.8 v2.0', 'v2.1 is not deprecated', [], {}), headers: { deprecation: null } },
  patched('1.8 v2.0', 'add of what is there is a conflict', [{ add: '/keep', value: 'x' }], {
    type: V20,
    status: 409,
    code: 'property-conflict',
  }),
  patched('1.8 v2.0', 'two operations in one object', [{ add: '/a', replace: '/b', value: 'x' }], {
    type: V20,
    status: 400,
    code: 'invalid-patch',
  }),
  patched('1.8 v2.0', 'the shape of v2.1', replace('keep', 'x'), { type: V20, status: 400, code: 'invalid-patch' }),
  patched('1.8 v2.1', 'the shape of v2.0', [{ replace: '/keep', value: 'x' }], { status: 400, code: 'invalid-patch' }),
  patched('1.8 pointers', '~0 and ~1 are decoded', [{ op: 'add', path: '/~0~1.ssh~1', value: 'present' }], {
    json: { '~/.ssh/': 'present' },
  }),
  patched('1.8 pointers', 'a name with a space and a quote', [{ op: 'add', path: '/a "b"', value: 'x' }], {
    json: { 'a "b"': 'x' },
  }),
  ...['', '/', 'keep', '//keep', '/a/b', '/keep/', '/tags/-', '/tags/0', '/~2', '/a~', '/a\u0007'].map((path) =>
    patched('1.8 pointers', `${JSON.stringify(path)} points to nothing`, [{ op: 'add', path, value: 'x' }], {
      status: 400,
      code: 'invalid-patch',
    }),
  ),
  ...[7, null, ['/keep']].map((path) =>
    patched('1.8 pointers', `${JSON.stringify(path)} is no pointer`, [{ op: 'add', path, value: 'x' }], {
      status: 400,
      code: 'invalid-patch',
    }),
  ),
];

describe('images', () => {
  let everyone: Record<string, Person>;
  let images: Record<string, string>;

  beforeAll(async () => {
    everyone = await people({ demo: 'demo', alt: 'alt', admin: 'admin' });
    const { demo } = everyone as { demo: Person };
    const of = async (fields: object = {}, data = false) => makeImage(demo, { data, fields: { ...fields } });
    images = {
      plain: await of(),
      patched: await of({ keep: 'it' }),
      given: await of(),
      published: await of(),
      active: await of({}, true),
      deleted: await of({}, true),
      empty: await of({ size: 0 }),
    };
    await demo.client.call('DELETE', `/v2/images/${images['deleted']}`);
  });
  afterAll(() => Promise.all(Object.values(everyone).map(({ client }) => client.close())));

  it.each([...creations, ...changes].map((row) => [titled(row.rule, row.says), row] as const))('%s', (_title, row) =>
    check(row, { people: everyone, images }),
  );

  const show = async (id: string) => everyone['demo']!.client.call('GET', `/v2/images/${id}`);
  const make = (fields: object = {}, data = false) => makeImage(everyone['demo']!, { data, fields: { ...fields } });

  it(titled('2 entity', 'what was never set is not there; the rest always is'), async () => {
    const { json } = await everyone['demo']!.client.call('POST', '/v2/images', { body: {} });
    expect(Object.keys(json).sort()).toEqual(
      ['id', 'status', 'visibility', 'protected', 'os_hidden', 'owner', 'min_disk', 'min_ram', 'tags', 'created_at']
        .concat('updated_at', 'self', 'file', 'schema')
        .sort(),
    );
    expect(json.created_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(json.updated_at).toBe(json.created_at);
    expect(json).toMatchObject({ self: `/v2/images/${json.id}`, file: `/v2/images/${json.id}/file` });
  });

  it(titled('1.1 show', 'the entity is the one that was created, with its ETag'), async () => {
    const { json, headers } = await everyone['demo']!.client.call('POST', '/v2/images', {
      body: { name: 'x', a: 'b' },
    });
    const shown = await show(json.id);
    expect(shown.json).toEqual(json);
    expect(shown.headers['etag']).toBe(headers['etag']);
    expect(shown.headers['content-type']).toMatch(/^application\/json/);
  });

  it(titled('1.1 show', 'the id is found in any case'), async () => {
    const id = await make({ id: randomUUID() });
    expect((await show(id.toUpperCase())).json.id).toBe(id);
  });

  it(titled('1.8 all or nothing', 'a failing last operation undoes the ones before it'), async () => {
    const id = await make({ keep: 'a' });
    const before = await show(id);
    const { status } = await everyone['demo']!.client.patch(id, [
      { op: 'replace', path: '/keep', value: 'b' },
      { op: 'add', path: '/more', value: 'x' },
      { op: 'remove', path: '/absent' },
    ]);
    expect(status).toBe(409);
    const after = await show(id);
    expect([after.json, after.headers['etag']]).toEqual([before.json, before.headers['etag']]);
  });

  it.each([
    ['the empty patch', []],
    ['the values that it has', [{ op: 'replace', path: '/keep', value: 'a' }]],
    [
      'there and back',
      [
        { op: 'add', path: '/x', value: 'y' },
        { op: 'remove', path: '/x' },
      ],
    ],
    ['the same tags in another order', [{ op: 'replace', path: '/tags', value: ['b', 'a'] }]],
  ])(`${titled('1.8 all or nothing', 'nothing is recorded for')} %s`, async (_case, operations) => {
    const id = await make({ keep: 'a', tags: ['a', 'b'] });
    const before = await show(id);
    expect((await everyone['demo']!.client.patch(id, operations)).status).toBe(200);
    const after = await show(id);
    expect([after.json.updated_at, after.headers['etag']]).toEqual([before.json.updated_at, before.headers['etag']]);
  });

  it.each([
    ['the current ETag', (etag: string) => etag, 200],
    ['the current version as a strong tag', (etag: string) => etag.slice(2), 200],
    ['any version', () => '*', 200],
    ['one of several', (etag: string) => `W/"77", ${etag}`, 200],
    ['an older version', () => 'W/"0"', 412],
    ['another’s tag', () => '"abc"', 412],
  ])(`${titled('conditional writes', 'If-Match with')} %s`, async (_case, tagOf, status) => {
    const id = await make();
    const etag = String((await show(id)).headers['etag']);
    const answer = await everyone['demo']!.client.patch(id, replace('name', 'changed'), { 'if-match': tagOf(etag) });
    expect(answer.status).toBe(status);
    if (status === 412) expect(answer.json.error).toBe('precondition-failed');
    else expect(answer.headers['etag']).not.toBe(etag);
  });
});
