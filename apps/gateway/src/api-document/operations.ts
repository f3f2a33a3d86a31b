import { cloudFilesOperations } from './cloud-files-operations.js';
import { ledgerOperations } from './ledger-operations.js';

/** What people are told of one operation; its schemas are those of the services, by name. */
export interface DescribedOperation {
  readonly summary: string;
  /** Query parameters: name → JSON Schema. */
  readonly query?: Readonly<Record<string, object>>;
  /** Request headers that mean something here: name → description. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Media type → schema; null is any bytes. */
  readonly body?: Readonly<Record<string, string | null>>;
  /** Status → schema of the JSON body; null is none, `bytes` the data of an image, `feed` and `export` are text in lines. */
  readonly answers: Readonly<Record<number, string | null>>;
  /** Statuses of refusals, beside those that every operation has. */
  readonly refusals?: readonly number[];
}

const ifMatch = { 'If-Match': 'ETag of the image: refused with 412 when the image has changed since' };
const key = { 'Idempotency-Key': 'Makes the request safe to repeat for 24 hours' };
const text = (description: string) => ({ type: 'string', description });
const oneOf = (...values: string[]) => ({ type: 'string', enum: values });
const action = (summary: string): DescribedOperation => ({
  summary,
  headers: { ...ifMatch, ...key },
  answers: { 204: null },
  refusals: [400, 403, 404, 409, 412, 422],
});
const schema = (what: string): DescribedOperation => ({
  summary: `JSON schema of ${what}`,
  answers: { 200: 'Schema' },
});

const at = text(
  'A time: what the answer was then. With some of the other parameters only, and in the order by default',
);
const atTimeOrVersion = text('A time, or a version of the image: what the answer was then');

/** Method and template, as in the route table. */
export const operations: Readonly<Record<string, DescribedOperation>> = {
  'GET /': { summary: 'Versions', answers: { 300: 'Versions' } },
  'GET /versions': { summary: 'Versions', answers: { 200: 'Versions' } },
  'GET /v2': { summary: 'Redirect to /v2/', answers: { 302: null } },
  'GET /healthz': { summary: 'Is the gateway alive', answers: { 200: 'Health' } },
  'GET /readyz': { summary: 'Is everything behind it usable', answers: { 200: 'Health', 503: 'Health' } },
  'GET /info': { summary: 'What the object store can do', answers: { 200: 'Schema' } },
  ...cloudFilesOperations,
  'GET /openapi.json': { summary: 'This document', answers: { 200: 'Schema' } },
  'GET /asyncapi.json': { summary: 'The events, for their subscribers (AsyncAPI 3)', answers: { 200: 'Schema' } },

  'GET /v2/images': {
    summary: 'List images',
    query: {
      at,
      limit: { type: 'integer', minimum: 0, default: 25, description: 'At most 1000 are given' },
      marker: text('Id of the last image seen'),
      sort: text('key:dir,key:dir'),
      sort_key: oneOf('name', 'status', 'container_format', 'disk_format', 'size', 'id', 'created_at', 'updated_at'),
      sort_dir: oneOf('asc', 'desc'),
      visibility: oneOf('public', 'private', 'shared', 'community', 'all'),
      member_status: oneOf('accepted', 'pending', 'rejected', 'all'),
      os_hidden: oneOf('true', 'false'),
      protected: oneOf('true', 'false'),
      standard: oneOf('true', 'false'),
      tag: text('May be repeated: all must match'),
      name: text('Or in:a,"b,c"'),
      status: text('Or in:a,b; pending_delete and deleted show what was deleted'),
      created_at: text('gt:, gte:, lt:, lte:, eq: or neq: before an ISO 8601 time'),
      updated_at: text('As created_at'),
      size_min: { type: 'integer', minimum: 0 },
      size_max: { type: 'integer', minimum: 0 },
    },
    answers: { 200: 'Images' },
    refusals: [400, 403],
  },
  'POST /v2/images': {
    summary: 'Create an image',
    headers: key,
    body: { 'application/json': 'NewImage' },
    answers: { 201: 'Image' },
    refusals: [400, 403, 409, 413, 422],
  },
  'GET /v2/images/{id}': {
    summary: 'Show an image',
    query: {
      at: atTimeOrVersion,
      deleted: { ...oneOf('true'), description: 'Its owner and an admin see a deleted image too' },
    },
    answers: { 200: 'Image' },
    refusals: [400, 403, 404],
  },
  'PATCH /v2/images/{id}': {
    summary: 'Change an image',
    headers: ifMatch,
    body: {
      'application/openstack-images-v2.1-json-patch': 'ImagePatch',
      'application/openstack-images-v2.0-json-patch': 'OldImagePatch',
    },
    answers: { 200: 'Image' },
    refusals: [400, 403, 404, 409, 412, 413, 415],
  },
  'DELETE /v2/images/{id}': {
    summary: 'Delete an image; with data it can be restored for a time',
    headers: ifMatch,
    answers: { 204: null },
    refusals: [400, 403, 404, 409, 412],
  },
  'PUT /v2/images/{id}/file': {
    summary: 'Upload the data of an image',
    headers: {
      ...ifMatch,
      'X-OpenStack-Image-Size': 'Bytes that will come',
      'Content-Digest': 'sha-256 and sha-512 (RFC 9530): compared before the image is active',
    },
    body: { 'application/octet-stream': null },
    answers: { 204: null },
    refusals: [400, 403, 404, 409, 410, 412, 413, 415, 507],
  },
  'GET /v2/images/{id}/file': {
    summary: 'Download the data of an image',
    headers: { Range: 'One range of bytes', 'If-Range': 'ETag of the data' },
    answers: { 200: 'bytes', 204: null, 206: 'bytes' },
    refusals: [400, 403, 404, 416],
  },
  'PUT /v2/images/{id}/stage': {
    summary: 'Send data that an import by glance-direct will take',
    headers: { 'X-OpenStack-Image-Size': 'Bytes that will come' },
    body: { 'application/octet-stream': null },
    answers: { 204: null },
    refusals: [400, 403, 404, 409, 410, 413, 415, 507],
  },
  'POST /v2/images/{id}/import': {
    summary: 'Import data: what was staged (glance-direct) or what a URL gives (web-download)',
    body: { 'application/json': 'NewImport' },
    answers: { 202: null },
    refusals: [400, 403, 404, 409, 413, 501],
  },
  'GET /v2/images/{id}/tasks': {
    summary: "Tasks that brought, or bring, an image's data",
    answers: { 200: 'ImageTasks' },
    refusals: [400, 403, 404],
  },
  'GET /v2/images/{id}/locations': {
    summary: 'Where the data lies; for services of the cloud',
    answers: { 200: 'Locations' },
    refusals: [400, 403, 404],
  },
  'POST /v2/images/{id}/locations': {
    summary: 'Add a location; no store of this service takes one',
    body: { 'application/json': 'NewLocation' },
    answers: { 202: null },
    refusals: [400, 403, 404, 409],
  },
  'PUT /v2/images/{id}/tags/{tag}': {
    summary: 'Add a tag',
    headers: ifMatch,
    answers: { 204: null },
    refusals: [400, 403, 404, 409, 412, 413],
  },
  'DELETE /v2/images/{id}/tags/{tag}': {
    summary: 'Remove a tag',
    headers: ifMatch,
    answers: { 204: null },
    refusals: [400, 403, 404, 409, 412],
  },
  'POST /v2/images/{id}/actions/deactivate': action('Keep the data from being read'),
  'POST /v2/images/{id}/actions/reactivate': action('Let the data be read again'),
  'POST /v2/images/{id}/actions/restore': action('Take a pending deletion back'),
  'POST /v2/images/{id}/actions/purge': action('Make a pending deletion final'),
  'GET /v2/images/{id}/members': {
    summary: 'List members; a member sees itself only',
    query: { at: atTimeOrVersion },
    answers: { 200: 'Members' },
    refusals: [400, 403, 404],
  },
  'POST /v2/images/{id}/members': {
    summary: 'Share an image with a project',
    headers: key,
    body: { 'application/json': 'NewMember' },
    answers: { 200: 'Member' },
    refusals: [400, 403, 404, 409, 413, 422],
  },
  'GET /v2/images/{id}/members/{member}': {
    summary: 'Show a member',
    answers: { 200: 'Member' },
    refusals: [400, 403, 404],
  },
  'PUT /v2/images/{id}/members/{member}': {
    summary: 'Answer as a member',
    body: { 'application/json': 'MemberAnswer' },
    answers: { 200: 'Member' },
    refusals: [400, 403, 404, 409],
  },
  'DELETE /v2/images/{id}/members/{member}': {
    summary: 'Stop sharing an image with a project',
    answers: { 204: null },
    refusals: [400, 403, 404, 409],
  },
  ...ledgerOperations,
  'GET /v2/tasks': {
    summary: 'List tasks',
    query: {
      limit: { type: 'integer', minimum: 0, default: 25, description: 'At most 1000 are given' },
      marker: text('Id of the last task seen'),
      type: text('import, export'),
      status: oneOf('pending', 'processing', 'success', 'failure'),
      sort_key: oneOf('created_at', 'updated_at', 'expires_at', 'id', 'type', 'status'),
      sort_dir: oneOf('asc', 'desc'),
    },
    answers: { 200: 'Tasks' },
    refusals: [400, 403],
  },
  'POST /v2/tasks': {
    summary: 'Ask for an import or an export',
    headers: key,
    body: { 'application/json': 'NewTask' },
    answers: { 201: 'Task' },
    refusals: [400, 403, 413, 415, 422],
  },
  'GET /v2/tasks/{id}': { summary: 'Show a task', answers: { 200: 'Task' }, refusals: [400, 403, 404] },
  'POST /v2/tasks/{id}/cancel': {
    summary: 'Give a task up; what it had made is removed',
    answers: { 200: 'Task' },
    refusals: [400, 403, 404],
  },
  'GET /v2/info/import': { summary: 'Import methods', answers: { 200: 'ImportInfo' }, refusals: [400] },
  'GET /v2/info/usage': { summary: 'Limits and usage of the project', answers: { 200: 'Usage' }, refusals: [400] },
  'GET /v2/schemas/image': { ...schema('an image'), refusals: [400] },
  'GET /v2/schemas/images': { ...schema('a list of images'), refusals: [400] },
  'GET /v2/schemas/member': { ...schema('a member'), refusals: [400] },
  'GET /v2/schemas/members': { ...schema('a list of members'), refusals: [400] },
  'GET /v2/schemas/task': { ...schema('a task'), refusals: [400] },
  'GET /v2/schemas/tasks': { ...schema('a list of tasks'), refusals: [400] },
};
