// Every refusal of the calls that this service has: the status, a stable code, a clean JSON error with the request id,
// and nothing changed: the image as it was, no event appended.
import { randomUUID } from 'node:crypto';
import type { Answer, Call } from '../support/api-client.ts';
import { DATA, makeImage, share } from './images.ts';
import { LogCounter, people, type Person } from './service.ts';

type Actor = 'demo' | 'alt' | 'admin' | 'reader';
/** Images that the rows use: of demo unless the name says otherwise. */
type Fixture =
  | 'queued'
  | 'active'
  | 'protected'
  | 'deactivated'
  | 'lockedByAdmin'
  | 'deleted'
  | 'formatless'
  | 'private'
  | 'publicImage'
  | 'foreign'
  | 'sharedWithDemo';

interface Row {
  readonly says: string;
  readonly as?: Actor;
  readonly on?: Fixture;
  readonly method: string;
  /** `{id}` stands for the fixture's id, `{alt}` for alt's project. */
  readonly path: string;
  readonly call?: Call;
  readonly status: number;
  readonly code: string;
  readonly headers?: Record<string, RegExp>;
}

const V21 = 'application/openstack-images-v2.1-json-patch';
const V20 = 'application/openstack-images-v2.0-json-patch';
const long = (n: number) => 'x'.repeat(n);
const many = (n: number) => Array.from({ length: n }, (_, i) => i);

const create = (says: string, body: unknown, status: number, code: string, as: Actor = 'demo'): Row => ({
  says: `create: ${says}`,
  as,
  method: 'POST',
  path: '/v2/images',
  call: { body, headers: { 'content-type': 'application/json' } },
  status,
  code,
});
const patch = (
  says: string,
  operations: unknown,
  status: number,
  code: string,
  { on = 'active', as = 'demo', type = V21 }: { on?: Fixture; as?: Actor; type?: string } = {},
): Row => ({
  says: `patch: ${says}`,
  as,
  on,
  method: 'PATCH',
  path: '/v2/images/{id}',
  call: {
    body: typeof operations === 'string' ? operations : JSON.stringify(operations),
    headers: { 'content-type': type },
  },
  status,
  code,
});
const list = (says: string, query: string, code: string): Row => ({
  says: `list: ${says}`,
  method: 'GET',
  path: `/v2/images?${query}`,
  status: 400,
  code,
});
const upload = (
  says: string,
  on: Fixture,
  status: number,
  code: string,
  headers: Record<string, string> = {},
  as: Actor = 'demo',
): Row => ({
  says: `upload: ${says}`,
  as,
  on,
  method: 'PUT',
  path: '/v2/images/{id}/file',
  call: { body: DATA, headers: { 'content-type': 'application/octet-stream', ...headers } },
  status,
  code,
});
const member = (
  says: string,
  body: unknown,
  status: number,
  code: string,
  on: Fixture = 'active',
  as: Actor = 'demo',
): Row => ({
  says: `add member: ${says}`,
  as,
  on,
  method: 'POST',
  path: '/v2/images/{id}/members',
  call: { body, headers: { 'content-type': 'application/json' } },
  status,
  code,
});
const simple = (
  says: string,
  method: string,
  path: string,
  on: Fixture | undefined,
  status: number,
  code: string,
  extra: Partial<Row> = {},
): Row => ({ says, method, path, ...(on ? { on } : {}), status, code, ...extra });

const rows: Row[] = [
  create('no body', undefined, 400, 'invalid-json'),
  create('broken JSON', '{"name":', 400, 'invalid-json'),
  create('an array', [], 400, 'invalid-body'),
  create('a string', '"x"', 400, 'invalid-body'),
  create('null', 'null', 400, 'invalid-body'),
  create('a member given twice', '{"name":"a","name":"b"}', 400, 'invalid-json'),
  create('a name over 255', { name: long(256) }, 400, 'schema-violation'),
  create('four-byte characters in the name', { name: 'a\u{1F4BF}' }, 400, 'schema-violation'),
  create('a number as name', { name: 7 }, 400, 'schema-violation'),
  create('an id that is no UUID', { id: 'x' }, 400, 'schema-violation'),
  create('an unknown visibility', { visibility: 'everyone' }, 400, 'schema-violation'),
  create('an unknown disk format', { disk_format: 'floppy' }, 400, 'schema-violation'),
  create('an unknown container format', { container_format: 'box' }, 400, 'schema-violation'),
  create('a negative min_disk', { min_disk: -1 }, 400, 'schema-violation'),
  create('min_ram over 2147483647', { min_ram: 2147483648 }, 400, 'schema-violation'),
  create('a fraction as min_ram', { min_ram: 1.5 }, 400, 'schema-violation'),
  create('protected as text', { protected: 'true' }, 400, 'schema-violation'),
  create('os_hidden as number', { os_hidden: 1 }, 400, 'schema-violation'),
  create('a tag over 255', { tags: [long(256)] }, 400, 'schema-violation'),
  create('a tag that is no text', { tags: [1] }, 400, 'schema-violation'),
  create('tags that are no list', { tags: 'a' }, 400, 'schema-violation'),
  create('a property key over 255', { [long(256)]: 'x' }, 400, 'schema-violation'),
  create('a number as property', { note: 1 }, 400, 'schema-violation'),
  create('null as property', { note: null }, 400, 'schema-violation'),
  create('an object as property', { note: {} }, 400, 'schema-violation'),
  create('os_distro outside the list', { os_distro: 'Debian' }, 400, 'schema-violation'),
  create('more than 128 tags', { tags: many(129).map(String) }, 413, 'limit-exceeded'),
  create('more than 128 properties', Object.fromEntries(many(129).map((i) => [`p${i}`, 'x'])), 413, 'limit-exceeded'),
  create('status', { status: 'active' }, 403, 'read-only-attribute'),
  create('checksum', { checksum: long(32) }, 403, 'read-only-attribute'),
  create('a size other than 0', { size: 5 }, 403, 'read-only-attribute'),
  create('created_at', { created_at: '2026-01-01T00:00:00Z' }, 403, 'read-only-attribute'),
  create('self', { self: '/v2/images/x' }, 403, 'read-only-attribute'),
  create('direct_url', { direct_url: 'file:///etc/passwd' }, 403, 'read-only-attribute'),
  create('location', { location: 'file:///etc/passwd' }, 403, 'reserved-attribute'),
  create('deleted', { deleted: 'false' }, 403, 'reserved-attribute'),
  create('os_glance…', { os_glance_x: 'y' }, 403, 'reserved-attribute'),
  create('com.rackspace…', { 'com.rackspace__1__x': 'y' }, 403, 'reserved-attribute'),
  create('another owner', { owner: 'somebody-else' }, 403, 'forbidden'),
  create('public as an ordinary user', { visibility: 'public' }, 403, 'forbidden'),
  create('as reader', { name: 'x' }, 403, 'forbidden', 'reader'),
  {
    ...create('without a token', { name: 'x' }, 401, 'unauthorized'),
    call: { body: { name: 'x' }, headers: { 'x-auth-token': '' } },
  },
  {
    ...create('with a broken token', { name: 'x' }, 401, 'unauthorized'),
    call: { body: { name: 'x' }, headers: { 'x-auth-token': 'nonsense' } },
  },

  patch('no media type of ours', [], 415, 'unsupported-media-type', { type: 'application/json' }),
  patch('application/json-patch+json', [], 415, 'unsupported-media-type', { type: 'application/json-patch+json' }),
  patch('broken JSON', '[', 400, 'invalid-json'),
  patch('an object', {}, 400, 'invalid-patch'),
  patch('an operation that is no object', ['x'], 400, 'invalid-patch'),
  patch('a member given twice', '[{"op":"replace","path":"/name","path":"/name","value":"x"}]', 400, 'invalid-json'),
  patch('no op', [{ path: '/name', value: 'x' }], 400, 'invalid-patch'),
  patch('op test', [{ op: 'test', path: '/name', value: 'x' }], 400, 'invalid-patch'),
  patch('op move', [{ op: 'move', from: '/name', path: '/x' }], 400, 'invalid-patch'),
  patch('op copy', [{ op: 'copy', from: '/name', path: '/x' }], 400, 'invalid-patch'),
  patch('no path', [{ op: 'add', value: 'x' }], 400, 'invalid-patch'),
  patch('a path without slash', [{ op: 'add', path: 'name', value: 'x' }], 400, 'invalid-patch'),
  patch('path /', [{ op: 'add', path: '/', value: 'x' }], 400, 'invalid-patch'),
  patch('path ending in a slash', [{ op: 'add', path: '/a/', value: 'x' }], 400, 'invalid-patch'),
  patch('a path of two tokens', [{ op: 'add', path: '/a/b', value: 'x' }], 400, 'invalid-patch'),
  patch('/tags/-', [{ op: 'add', path: '/tags/-', value: 'x' }], 400, 'invalid-patch'),
  patch('a bad escape', [{ op: 'add', path: '/a~2', value: 'x' }], 400, 'invalid-patch'),
  patch('a control character', [{ op: 'add', path: '/a\u0000', value: 'x' }], 400, 'invalid-patch'),
  patch('no value', [{ op: 'add', path: '/a' }], 400, 'invalid-patch'),
  patch('a number as property', [{ op: 'add', path: '/a', value: 1 }], 400, 'schema-violation'),
  patch('a boolean as property', [{ op: 'add', path: '/a', value: true }], 400, 'schema-violation'),
  patch('a name over 255', [{ op: 'replace', path: '/name', value: long(256) }], 400, 'schema-violation'),
  patch('an unknown visibility', [{ op: 'replace', path: '/visibility', value: 'x' }], 400, 'schema-violation'),
  patch('os_distro outside the list', [{ op: 'add', path: '/os_distro', value: 'Debian' }], 400, 'schema-violation'),
  patch('id', [{ op: 'replace', path: '/id', value: randomUUID() }], 403, 'read-only-attribute'),
  patch('status', [{ op: 'replace', path: '/status', value: 'queued' }], 403, 'read-only-attribute'),
  patch('size', [{ op: 'replace', path: '/size', value: 1 }], 403, 'read-only-attribute'),
  patch('checksum', [{ op: 'replace', path: '/checksum', value: 'x' }], 403, 'read-only-attribute'),
  patch('os_hash_value', [{ op: 'replace', path: '/os_hash_value', value: 'x' }], 403, 'read-only-attribute'),
  patch('updated_at', [{ op: 'replace', path: '/updated_at', value: 'x' }], 403, 'read-only-attribute'),
  patch('os_glance…', [{ op: 'add', path: '/os_glance_x', value: 'x' }], 403, 'reserved-attribute'),
  patch('deleted', [{ op: 'add', path: '/deleted', value: 'x' }], 403, 'reserved-attribute'),
  patch('remove a base property', [{ op: 'remove', path: '/name' }], 403, 'forbidden'),
  patch('owner as an ordinary user', [{ op: 'replace', path: '/owner', value: 'x' }], 403, 'forbidden'),
  patch('public as an ordinary user', [{ op: 'replace', path: '/visibility', value: 'public' }], 403, 'forbidden'),
  patch('a format once active', [{ op: 'replace', path: '/disk_format', value: 'qcow2' }], 403, 'forbidden'),
  patch('an image that one sees but does not own', [], 403, 'forbidden', { on: 'publicImage' }),
  patch('an image that one does not see', [], 404, 'not-found', { on: 'foreign' }),
  patch(
    'replace of a property that is absent',
    [{ op: 'replace', path: '/absent', value: 'x' }],
    409,
    'property-conflict',
  ),
  patch('remove of a property that is absent', [{ op: 'remove', path: '/absent' }], 409, 'property-conflict'),
  patch('v2.0: add of a property that is there', [{ add: '/note', value: 'x' }], 409, 'property-conflict', {
    type: V20,
  }),
  patch('v2.0: two operations in one', [{ add: '/a', remove: '/note', value: 'x' }], 400, 'invalid-patch', {
    type: V20,
  }),
  patch('v2.0: no operation', [{ value: 'x' }], 400, 'invalid-patch', { type: V20 }),
  patch(
    'over 128 properties',
    many(129).map((i) => ({ op: 'add', path: `/p${i}`, value: 'x' })),
    413,
    'limit-exceeded',
  ),
  patch('over 128 tags', [{ op: 'replace', path: '/tags', value: many(129).map(String) }], 413, 'limit-exceeded'),
  patch(
    'all or nothing',
    [
      { op: 'replace', path: '/name', value: 'changed' },
      { op: 'remove', path: '/absent' },
    ],
    409,
    'property-conflict',
  ),
  patch('a deleted image', [], 404, 'not-found', { on: 'deleted' }),
  patch('as reader', [], 403, 'forbidden', { as: 'reader' }),

  list('limit that is no number', 'limit=x', 'invalid-limit'),
  list('a negative limit', 'limit=-1', 'invalid-limit'),
  list('an unknown marker', `marker=${randomUUID()}`, 'invalid-marker'),
  list('a marker that is no id', 'marker=x', 'invalid-marker'),
  list('an unknown sort key', 'sort_key=colour', 'invalid-sort'),
  list('an unknown direction', 'sort_key=name&sort_dir=up', 'invalid-sort'),
  list('both sort forms', 'sort=name:asc&sort_key=name', 'invalid-sort'),
  list(
    'three directions for two keys',
    'sort_key=name&sort_key=id&sort_dir=asc&sort_dir=asc&sort_dir=asc',
    'invalid-sort',
  ),
  list('an unknown visibility', 'visibility=everyone', 'invalid-filter'),
  list('an unknown member status', 'member_status=maybe', 'invalid-filter'),
  list('protected=1', 'protected=1', 'invalid-filter'),
  list('os_hidden=yes', 'os_hidden=yes', 'invalid-filter'),
  list('size_min that is no number', 'size_min=x', 'invalid-filter'),
  list('size_max that is no number', 'size_max=x', 'invalid-filter'),
  list('an unknown operator', 'name=like:x', 'invalid-filter'),
  list('unbalanced quotes', 'name=in:%22a,b', 'invalid-filter'),
  list('a bad time', 'created_at=gt:yesterday', 'invalid-filter'),
  list('changes-since', 'changes-since=2026-01-01T00:00:00Z', 'invalid-filter'),

  simple('show: an unknown id', 'GET', `/v2/images/${randomUUID()}`, undefined, 404, 'not-found'),
  simple('show: no UUID', 'GET', '/v2/images/nope', undefined, 404, 'not-found'),
  simple('show: a foreign image', 'GET', '/v2/images/{id}', 'foreign', 404, 'not-found'),
  simple('show: a deleted image', 'GET', '/v2/images/{id}', 'deleted', 404, 'not-found'),
  simple('show: with a body', 'GET', '/v2/images/{id}', 'active', 400, 'body-not-allowed', {
    call: { body: '{}', headers: { 'content-type': 'application/json' } },
  }),
  simple('delete: a protected image', 'DELETE', '/v2/images/{id}', 'protected', 403, 'image-protected'),
  simple('delete: a public image of another', 'DELETE', '/v2/images/{id}', 'publicImage', 403, 'forbidden'),
  simple('delete: a foreign image', 'DELETE', '/v2/images/{id}', 'foreign', 404, 'not-found'),
  simple('delete: twice', 'DELETE', '/v2/images/{id}', 'deleted', 404, 'not-found'),
  simple('delete: with a body', 'DELETE', '/v2/images/{id}', 'active', 400, 'body-not-allowed', {
    call: { body: '{}', headers: { 'content-type': 'application/json' } },
  }),
  simple('restore: an image that lives', 'POST', '/v2/images/{id}/actions/restore', 'active', 409, 'status-conflict'),
  simple('restore: a foreign image', 'POST', '/v2/images/{id}/actions/restore', 'foreign', 404, 'not-found'),
  simple('purge: an image that lives', 'POST', '/v2/images/{id}/actions/purge', 'active', 409, 'status-conflict'),
  simple('deactivate: a queued image', 'POST', '/v2/images/{id}/actions/deactivate', 'queued', 403, 'wrong-status'),
  simple(
    'deactivate: a public image of another',
    'POST',
    '/v2/images/{id}/actions/deactivate',
    'publicImage',
    403,
    'forbidden',
  ),
  simple('deactivate: with a body', 'POST', '/v2/images/{id}/actions/deactivate', 'active', 400, 'body-not-allowed', {
    call: { body: '{}', headers: { 'content-type': 'application/json' } },
  }),
  simple('reactivate: a queued image', 'POST', '/v2/images/{id}/actions/reactivate', 'queued', 403, 'wrong-status'),
  simple(
    'reactivate: what an admin deactivated',
    'POST',
    '/v2/images/{id}/actions/reactivate',
    'lockedByAdmin',
    403,
    'forbidden',
  ),

  upload('another media type', 'queued', 415, 'unsupported-media-type', { 'content-type': 'text/plain' }),
  upload('formats not set', 'formatless', 400, 'formats-required'),
  upload('an active image', 'active', 409, 'status-conflict'),
  upload('a foreign image', 'foreign', 404, 'not-found'),
  upload('a public image of another', 'publicImage', 403, 'forbidden'),
  upload('a deleted image', 'deleted', 404, 'not-found'),
  upload('as reader', 'queued', 403, 'forbidden', {}, 'reader'),
  simple('download: a deactivated image', 'GET', '/v2/images/{id}/file', 'deactivated', 403, 'image-deactivated'),
  simple(
    'download: a range of a deactivated image',
    'GET',
    '/v2/images/{id}/file',
    'deactivated',
    403,
    'image-deactivated',
    { call: { headers: { range: 'bytes=0-1' } } },
  ),
  simple('download: a foreign image', 'GET', '/v2/images/{id}/file', 'foreign', 404, 'not-found'),
  simple('download: as reader', 'GET', '/v2/images/{id}/file', 'active', 403, 'forbidden', { as: 'reader' }),
  simple('download: several ranges', 'GET', '/v2/images/{id}/file', 'active', 400, 'invalid-range', {
    call: { headers: { range: 'bytes=0-1,3-4' } },
  }),
  ...['10-', '20-30', '5-2', 'x', '-', '-0'].map((range) =>
    simple(`download: range ${range}`, 'GET', '/v2/images/{id}/file', 'active', 416, 'range-not-satisfiable', {
      call: { headers: { range: `bytes=${range}` } },
      headers: { 'content-range': /^bytes \*\/10$/ },
    }),
  ),
  simple('download: another unit', 'GET', '/v2/images/{id}/file', 'active', 416, 'range-not-satisfiable', {
    call: { headers: { range: 'lines=1-2' } },
  }),

  simple('tag: over 255', 'PUT', `/v2/images/{id}/tags/${long(256)}`, 'active', 400, 'schema-violation'),
  simple('tag: with a body', 'PUT', '/v2/images/{id}/tags/t', 'active', 400, 'body-not-allowed', {
    call: { body: '{}', headers: { 'content-type': 'application/json' } },
  }),
  simple('untag: absent', 'DELETE', '/v2/images/{id}/tags/absent', 'active', 404, 'not-found'),
  simple('tag: a public image of another', 'PUT', '/v2/images/{id}/tags/t', 'publicImage', 403, 'forbidden'),
  simple('tag: as reader', 'PUT', '/v2/images/{id}/tags/t', 'active', 403, 'forbidden', { as: 'reader' }),

  member('no body', undefined, 400, 'invalid-json'),
  member('broken JSON', '{', 400, 'invalid-json'),
  member('an array', [], 400, 'invalid-body'),
  member('no member', {}, 400, 'invalid-body'),
  member('an empty member', { member: '' }, 400, 'invalid-body'),
  member('a number', { member: 7 }, 400, 'invalid-body'),
  member('a member over 255', { member: long(256) }, 400, 'invalid-body'),
  member('an image that is private', { member: 'x' }, 403, 'not-shared', 'private'),
  member('a foreign image', { member: 'x' }, 404, 'not-found', 'foreign'),
  member('as a member', { member: 'x' }, 403, 'forbidden', 'sharedWithDemo'),
  member('as reader', { member: 'x' }, 403, 'forbidden', 'active', 'reader'),
  member('a deleted image', { member: 'x' }, 404, 'not-found', 'deleted'),
  simple('add member: twice', 'POST', '/v2/images/{id}/members', 'active', 409, 'member-exists', {
    call: { body: { member: '{alt}' } },
  }),
  simple('members: of a private image', 'GET', '/v2/images/{id}/members', 'private', 403, 'not-shared'),
  simple('members: of a foreign image', 'GET', '/v2/images/{id}/members', 'foreign', 404, 'not-found'),
  simple('member: unknown', 'GET', '/v2/images/{id}/members/nobody', 'active', 404, 'not-found'),
  simple('member: another member', 'GET', '/v2/images/{id}/members/nobody', 'sharedWithDemo', 404, 'not-found'),
  simple('answer: the owner', 'PUT', '/v2/images/{id}/members/{alt}', 'active', 403, 'forbidden', {
    call: { body: { status: 'accepted' } },
  }),
  simple('answer: an unknown status', 'PUT', '/v2/images/{id}/members/{demo}', 'sharedWithDemo', 400, 'invalid-body', {
    call: { body: { status: 'maybe' } },
  }),
  simple('answer: no status', 'PUT', '/v2/images/{id}/members/{demo}', 'sharedWithDemo', 400, 'invalid-body', {
    call: { body: {} },
  }),
  simple('remove member: absent', 'DELETE', '/v2/images/{id}/members/nobody', 'active', 404, 'not-found'),
  simple(
    'remove member: by the member itself',
    'DELETE',
    '/v2/images/{id}/members/{demo}',
    'sharedWithDemo',
    403,
    'forbidden',
  ),

  simple('a collection with PUT', 'PUT', '/v2/images', undefined, 405, 'method-not-allowed', {
    headers: { allow: /GET/ },
  }),
  simple('an image with POST', 'POST', '/v2/images/{id}', 'active', 405, 'method-not-allowed', {
    headers: { allow: /PATCH/ },
  }),
  simple('members with PATCH', 'PATCH', '/v2/images/{id}/members', 'active', 405, 'method-not-allowed', {
    headers: { allow: /POST/ },
  }),
  simple('an unknown path', 'GET', '/v2/nothing', undefined, 404, 'not-found'),
  simple('a trailing slash', 'GET', '/v2/images/', undefined, 404, 'not-found'),
  simple('an internal path', 'GET', '/internal/events?stream=image-x', undefined, 404, 'not-found'),
];

/** The rule (rules/clauses.mjs) that a row is about, by the call that its sentence begins with. */
const rules: Readonly<Record<string, string>> = {
  create: '1.1 create refused',
  patch: '1.1 update refused',
  list: '1.7 refused',
  show: '1.1 show refused',
  delete: '1.1 delete refused',
  restore: '1.1 restore and purge',
  purge: '1.1 restore and purge',
  deactivate: '1.1 deactivate',
  reactivate: '1.1 deactivate',
  upload: '1.2 upload refused',
  download: '1.2 download refused',
  tag: '1.3 tags',
  untag: '1.3 tags',
  'add member': '1.3 add member',
  members: '1.3 list members',
  member: '1.3 list members',
  answer: '1.3 answer',
  'remove member': '1.3 remove member',
};
const ruleOf = (says: string): string => rules[says.split(':')[0] ?? ''] ?? '1.4 methods';

describe('every refusal is clean and changes nothing', () => {
  let everyone: Record<Actor, Person>;
  let fixtures: Record<Fixture, string>;
  let log: LogCounter;

  beforeAll(async () => {
    log = new LogCounter();
    everyone = await people({ demo: 'demo', alt: 'alt', admin: 'admin', reader: 'demo' });
    const { demo, alt, admin } = everyone;
    const data = { data: true, fields: { note: 'x' } };
    fixtures = {
      queued: await makeImage(demo),
      active: await makeImage(demo, data),
      protected: await makeImage(demo, { fields: { protected: true } }),
      deactivated: await makeImage(demo, data),
      lockedByAdmin: await makeImage(demo, data),
      deleted: await makeImage(demo, data),
      formatless: await makeImage(demo, { fields: { disk_format: null, container_format: null } }),
      private: await makeImage(demo, { fields: { visibility: 'private' } }),
      publicImage: await makeImage(admin, { data: true, fields: { visibility: 'public' } }),
      foreign: await makeImage(alt, { fields: { visibility: 'private' } }),
      sharedWithDemo: await makeImage(alt, data),
    };
    await demo.client.call('POST', `/v2/images/${fixtures.deactivated}/actions/deactivate`);
    await admin.client.call('POST', `/v2/images/${fixtures.lockedByAdmin}/actions/deactivate`);
    await demo.client.call('DELETE', `/v2/images/${fixtures.deleted}`);
    await share(fixtures.active, demo, alt);
    await share(fixtures.sharedWithDemo, alt, demo);
  });

  afterAll(async () => {
    await log.close();
    await Promise.all(Object.values(everyone).map((person) => person.client.close()));
  });

  const fill = (text: string, id: string): string =>
    text
      .replaceAll('{id}', id)
      .replaceAll('{alt}', everyone.alt.projectId)
      .replaceAll('{demo}', everyone.demo.projectId);

  it.each(rows.map((row) => [ruleOf(row.says), row.says, row.status, row.code, row] as const))(
    '[%s] %s → %i %s',
    async (_rule, _says, _status, _code, row) => {
      const id = row.on ? fixtures[row.on] : '';
      const before = {
        events: await log.count(),
        image: id ? (await everyone.admin.client.call('GET', `/v2/images/${id}?deleted=true`)).json : null,
      };
      const { body } = row.call ?? {};
      const call: Call =
        body === undefined || Buffer.isBuffer(body)
          ? (row.call ?? {})
          : { ...row.call, body: typeof body === 'string' ? body : JSON.parse(fill(JSON.stringify(body), id)) };
      const answer = await everyone[row.as ?? 'demo'].client.call(row.method, fill(row.path, id), call);
      expect({ status: answer.status, code: answer.json?.error, message: answer.json?.message }).toMatchObject({
        status: row.status,
        code: row.code,
      });
      expectCleanError(answer);
      for (const [name, pattern] of Object.entries(row.headers ?? {})) expect(answer.headers[name]).toMatch(pattern);
      const image = id ? (await everyone.admin.client.call('GET', `/v2/images/${id}?deleted=true`)).json : null;
      expect({ events: await log.count(), image }).toEqual(before);
    },
  );

  function expectCleanError(answer: Answer): void {
    expect(answer.headers['content-type']).toMatch(/^application\/json/);
    expect(answer.json.code).toMatch(new RegExp(`^${answer.status} `));
    expect(answer.json.title.length).toBeGreaterThan(0);
    expect(answer.json.message).not.toMatch(/<[a-z/!]|\bat \S+:\d+|node_modules|postgres|ECONN/i);
    expect(answer.json.request_id).toMatch(/^req-[0-9a-f-]{36}$/);
    expect(answer.headers['x-openstack-request-id']).toBe(answer.json.request_id);
  }
});
