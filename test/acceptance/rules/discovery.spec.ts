// Sections 1.4 and 1.10 of the specification, and what surrounds every call: methods, bodies, Accept, errors.
import { request } from 'undici';
import { makeImage } from '../images.ts';
import { people, serviceUrl, type Person } from '../service.ts';
import { check, titled, type Row } from './row.ts';

const uuid = '11111111-2222-4333-8444-555555555555';
const get = (rule: string, says: string, path: string, status: number, extra: Partial<Row> = {}): Row => ({
  rule,
  says,
  method: 'GET',
  path,
  status,
  ...extra,
});
const absent = (path: string, method = 'GET'): Row => ({
  rule: '1.4 absent',
  says: `${method} ${path} is 404`,
  method,
  path,
  status: 404,
  code: 'not-found',
});
const refusedMethod = (method: string, path: string, allow: string): Row => ({
  rule: '1.4 methods',
  says: `${method} ${path} is 405, Allow: ${allow}`,
  on: 'image',
  method,
  path,
  status: 405,
  headers: { allow },
});
const withBody = (method: string, path: string): Row => ({
  rule: '1.4 bodies',
  says: `${method} ${path} with a body is 400`,
  on: 'image',
  method,
  path,
  call: { body: {}, headers: { 'content-type': 'application/json' } },
  status: 400,
  code: 'body-not-allowed',
});

const image = '/v2/images/{id}';
const resources: [string, string][] = [
  ['/', 'GET'],
  ['/versions', 'GET'],
  ['/v2', 'GET'],
  ['/v2/images', 'GET, POST'],
  [image, 'GET, PATCH, DELETE'],
  [`${image}/file`, 'GET, PUT'],
  [`${image}/stage`, 'PUT'],
  [`${image}/import`, 'POST'],
  [`${image}/tasks`, 'GET'],
  [`${image}/locations`, 'GET, POST'],
  [`${image}/tags/t`, 'PUT, DELETE'],
  [`${image}/members`, 'GET, POST'],
  [`${image}/members/m`, 'GET, PUT, DELETE'],
  [`${image}/actions/deactivate`, 'POST'],
  [`${image}/actions/reactivate`, 'POST'],
  [`${image}/actions/restore`, 'POST'],
  [`${image}/actions/purge`, 'POST'],
  ['/v2/schemas/image', 'GET'],
  ['/v2/schemas/images', 'GET'],
  ['/v2/schemas/member', 'GET'],
  ['/v2/schemas/members', 'GET'],
  ['/v2/info/import', 'GET'],
  ['/v2/info/usage', 'GET'],
  ['/identity/v2.0/tokens', 'POST'],
];

const rows: Row[] = [
  get('1.4 versions', 'GET / is 300', '/', 300, { json: (json) => expect(json.versions.length).toBe(11) }),
  get('1.4 versions', 'GET /versions is 200', '/versions', 200, {
    json: (json) => {
      expect(json.versions.map(({ id }: { id: string }) => id)).toEqual(
        [17, 15, 9, 7, 6, 5, 4, 3, 2, 1, 0].map((minor) => `v2.${minor}`),
      );
      expect(json.versions[0].status).toBe('CURRENT');
      for (const version of json.versions.slice(1)) expect(version.status).toBe('SUPPORTED');
      for (const { links } of json.versions) expect(links).toEqual([{ rel: 'self', href: `${serviceUrl()}/v2/` }]);
    },
  }),
  get('1.4 versions', '/v2 redirects to /v2/', '/v2', 302, { headers: { location: /\/v2\/$/ } }),
  get('1.4 versions', '/v2/ is 404', '/v2/', 404),
  get('1.4 versions', 'a trailing slash on a collection is 404', '/v2/images/', 404),
  ...['v2.0', 'v2.1', 'v2.7', 'v2.9', 'v2.15', 'v2.17'].map((version) =>
    get('1.4 versions', `/${version}/images is a list`, `/${version}/images?limit=0`, 200, { json: { images: [] } }),
  ),
  ...['v2.8', 'v2.10', 'v2.16', 'v1', 'v3'].map((version) =>
    get('1.4 versions', `/${version} is not offered`, `/${version}/images`, 404),
  ),
  ...['/images?limit=0', '/schemas/image', '/info/import'].map((path) =>
    get('1.4 versions', `Accept names the version of ${path}`, path, 200, {
      call: { headers: { accept: 'application/vnd.openstack.images-v2.5' } },
    }),
  ),
  get('1.4 versions', 'an unknown version in Accept is no version', '/images', 404, {
    call: { headers: { accept: 'application/vnd.openstack.images-v9' } },
  }),

  get('1.4 schemas', 'the image schema has every base attribute', '/v2/schemas/image', 200, {
    json: (json) => {
      expect(json.name).toBe('image');
      for (const name of (
        'id name status visibility protected os_hidden owner checksum os_hash_algo os_hash_value size virtual_size ' +
        'container_format disk_format created_at updated_at tags min_disk min_ram self file schema'
      ).split(' ')) {
        expect(Object.keys(json.properties)).toContain(name);
      }
      expect(json.additionalProperties.type).toBe('string');
      expect(json.links.map(({ rel }: { rel: string }) => rel)).toEqual(['self', 'enclosure', 'describedby']);
    },
  }),
  ...['status', 'size', 'virtual_size', 'checksum', 'os_hash_algo', 'os_hash_value', 'created_at', 'updated_at', 'self']
    .concat('file', 'schema')
    .map((name) =>
      get('1.4 schemas', `${name} is read-only in the schema`, '/v2/schemas/image', 200, {
        json: (json) => expect(json.properties[name].readOnly).toBe(true),
      }),
    ),
  get('1.4 schemas', 'the collection of images', '/v2/schemas/images', 200, {
    json: (json) => {
      expect(Object.keys(json.properties).sort()).toEqual(['first', 'images', 'next', 'schema']);
      expect(json.properties.images.items.name).toBe('image');
    },
  }),
  get('1.4 schemas', 'a member', '/v2/schemas/member', 200, {
    json: (json) => {
      expect(Object.keys(json.properties).sort()).toEqual(
        ['created_at', 'image_id', 'member_id', 'schema', 'status', 'updated_at'].sort(),
      );
      expect(json.properties.status.enum).toEqual(['pending', 'accepted', 'rejected']);
    },
  }),
  get('1.4 schemas', 'the collection of members', '/v2/schemas/members', 200, {
    json: (json) => expect(json.properties.members.items.name).toBe('member'),
  }),
  get('1.4 schemas', 'a task', '/v2/schemas/task', 200, {
    json: (json) => {
      expect(json.name).toBe('task');
      expect(json.properties.status.enum).toEqual(['pending', 'processing', 'success', 'failure']);
    },
  }),
  get('1.4 schemas', 'the collection of tasks', '/v2/schemas/tasks', 200, {
    json: (json) => expect(Object.keys(json.properties.tasks.items.properties)).not.toContain('input'),
  }),
  get('1.4 info', 'import methods', '/v2/info/import', 200, {
    json: { 'import-methods': { type: 'array', value: ['glance-direct', 'web-download'] } },
  }),
  get('1.4 info', 'a reader may ask for the import methods', '/v2/info/import', 200, { as: 'reader' }),
  get('1.4 info', 'a reader may ask for usage', '/v2/info/usage', 200, { as: 'reader' }),

  absent('/v2/info/stores'),
  absent('/v2/info/stores/detail'),
  absent(`/v2/stores/default/${uuid}`, 'DELETE'),
  absent('/v2/cache'),
  absent(`/v2/cache/${uuid}`, 'PUT'),
  absent('/v2/cache/clean', 'POST'),
  absent('/v2/metadefs/namespaces'),
  absent('/v2/metadefs/namespaces', 'POST'),
  absent('/v2/metadefs/resource_types'),
  absent('/v2/schemas/metadefs/namespace'),
  absent('/internal/events'),
  absent('/metrics'),
  absent('/v2/members'),

  ...resources.map(([path, allow]) => refusedMethod('HEAD', path, allow)),
  ...resources.map(([path, allow]) => refusedMethod('OPTIONS', path, allow)),
  ...resources.filter(([, allow]) => !allow.includes('PUT')).map(([path, allow]) => refusedMethod('PUT', path, allow)),

  ...[
    '/v2/images',
    image,
    `${image}/file`,
    `${image}/members`,
    `${image}/members/m`,
    '/v2/schemas/image',
    '/v2/info/usage',
  ].map((path) => withBody('GET', path)),
  ...[image, `${image}/tags/t`, `${image}/members/m`].map((path) => withBody('DELETE', path)),
  ...['deactivate', 'reactivate', 'restore', 'purge'].map((action) => withBody('POST', `${image}/actions/${action}`)),
  withBody('PUT', `${image}/tags/t`),

  get('1.4 suffix', 'images.json is the list', '/v2/images.json?limit=0', 200, { json: { images: [] } }),
  get('1.4 suffix', 'an image', `${image}.json`, 200, { on: 'image', json: { id: '{id}' } }),
  get('1.4 suffix', 'nowhere else: schemas', '/v2/schemas/image.json', 404),
  get('1.4 suffix', 'nowhere else: members', `${image}/members.json`, 404, { on: 'image' }),

  ...[undefined, '*/*', 'application/json', 'text/html', 'text/plain, */*'].map((accept) =>
    get('1.4 errors', `JSON for Accept: ${accept ?? '(none)'}`, `/v2/images/${uuid}`, 404, {
      ...(accept === undefined ? {} : { call: { headers: { accept } } }),
      headers: { 'content-type': /^application\/json/ },
      json: (json, answer) =>
        expect(json).toEqual({
          message: 'No image found with that id.',
          code: '404 Not Found',
          title: 'Not Found',
          request_id: answer.headers['x-openstack-request-id'],
          error: 'not-found',
        }),
    }),
  ),
  get('1.4 errors', 'plain text when it alone is asked for', `/v2/images/${uuid}`, 404, {
    call: { headers: { accept: 'text/plain' } },
    headers: { 'content-type': /^text\/plain/ },
    json: (_json, answer) => expect(answer.body.toString('utf8')).toContain('No image found with that id.'),
  }),
  get(
    '1.4 errors',
    'plain text for glanceclient, which asks for anything and cannot read flat JSON',
    `/v2/images/${uuid}`,
    404,
    {
      call: { headers: { accept: '*/*', 'user-agent': 'python-glanceclient' } },
      headers: { 'content-type': /^text\/plain/ },
      json: (_json, answer) => expect(answer.body.toString('utf8')).toContain('No image found with that id.'),
    },
  ),
  get('1.4 errors', 'JSON for a glanceclient that asks for it', `/v2/images/${uuid}`, 404, {
    call: { headers: { accept: 'application/json', 'user-agent': 'python-glanceclient' } },
    code: 'not-found',
  }),
  get('1.4 errors', 'an unknown path is the same shape', '/nowhere', 404, { json: { title: 'Not Found' } }),
  get('1.4 errors', 'no token is 401 with a challenge', '/v2/images', 401, {
    call: { headers: { 'x-auth-token': '' } },
    code: 'unauthorized',
    headers: { 'www-authenticate': /^Keystone uri=/ },
  }),
  get('1.4 errors', 'a role without meaning is 403', '/v2/images', 403, { as: 'nobody', code: 'forbidden' }),

  {
    rule: 'identity v2.0',
    says: 'a password',
    method: 'POST',
    path: '/identity/v2.0/tokens',
    call: { body: { auth: { passwordCredentials: { username: 'demo', password: 'secret' } } } },
    status: 200,
    json: { access: { token: { tenant: { name: 'demo' } }, user: { name: 'demo' } } },
  },
  {
    rule: 'identity v2.0',
    says: 'an API key',
    method: 'POST',
    path: '/identity/v2.0/tokens',
    call: {
      body: { auth: { 'RAX-KSKEY:apiKeyCredentials': { username: 'keyholder', apiKey: 'key-of-keyholder' } } },
    },
    status: 200,
    json: { access: { token: { tenant: { id: '{project:demo}' } } } },
  },
  {
    rule: 'identity v2.0',
    says: 'a wrong API key is 401',
    method: 'POST',
    path: '/identity/v2.0/tokens',
    call: { body: { auth: { 'RAX-KSKEY:apiKeyCredentials': { username: 'keyholder', apiKey: 'secret' } } } },
    status: 401,
  },
  {
    rule: 'identity v2.0',
    says: 'no credentials is 400',
    method: 'POST',
    path: '/identity/v2.0/tokens',
    call: { body: { auth: {} } },
    status: 400,
  },

  ...(['demo', 'reader', 'admin'] as const).map((as): Row => ({
    rule: '1.1 locations',
    says: `as ${as} they are not shown`,
    as,
    on: 'image',
    method: 'GET',
    path: `${image}/locations`,
    status: 403,
    code: 'forbidden',
  })),
  get('1.1 locations', 'a service sees where the data of any image is', `${image}/locations`, 200, {
    as: 'nova',
    on: 'withData',
    json: (json) => {
      expect(json).toHaveLength(1);
      expect(json[0].url).toMatch(/^(file:\/\/\/|s3:\/\/).*images\/[0-9a-f]{2}\/[0-9a-f]{2}\/[0-9a-f-]{36}$/);
      expect(json[0].metadata).toEqual({});
    },
  }),
  get('1.1 locations', 'none while there is no data', `${image}/locations`, 200, {
    as: 'nova',
    on: 'image',
    json: (json) => expect(json).toEqual([]),
  }),
  get('1.1 locations', 'of an image that is not there: 404', `/v2/images/${uuid}/locations`, 404, { as: 'nova' }),
  get('1.1 locations', 'the service role is no other role', image, 403, { as: 'nova', on: 'image' }),
  {
    rule: '1.1 locations',
    says: 'a member adds none',
    on: 'image',
    method: 'POST',
    path: `${image}/locations`,
    call: { body: { url: 'https://example.com/disk' } },
    status: 403,
    code: 'forbidden',
  },
  {
    rule: '1.1 locations',
    says: 'without a url it is malformed',
    on: 'image',
    method: 'POST',
    path: `${image}/locations`,
    call: { body: {} },
    status: 400,
    code: 'invalid-body',
  },
];

describe('discovery and what surrounds every call', () => {
  let everyone: Record<string, Person>;
  let images: Record<string, string>;

  beforeAll(async () => {
    everyone = await people({ demo: 'demo', reader: 'demo', admin: 'admin', nobody: 'demo', nova: 'service' });
    const { demo } = everyone as { demo: Person };
    images = { image: await makeImage(demo), withData: await makeImage(demo, { data: true }) };
  });
  afterAll(() => Promise.all(Object.values(everyone).map(({ client }) => client.close())));

  it.each(rows.map((row) => [titled(row.rule, row.says), row] as const))('%s', (_title, row) =>
    check(row, { people: everyone, images }),
  );

  it(titled('1.4 versions', 'versions and health need no token'), async () => {
    for (const path of ['/', '/versions', '/healthz']) {
      const { statusCode, body } = await request(serviceUrl() + path);
      await body.dump();
      expect(statusCode).toBeLessThan(400);
    }
  });
});
