/** Who answers: a service behind, or the gateway itself. */
export type Owner = 'catalog' | 'membership' | 'task-worker' | 'audit' | 'gateway';

export interface Operation {
  readonly owner: Owner;
  /** `upload` and `download` move image data, `put-object`, `copy-object` and `get-object` files of a project; everything else of a service is handed through as it is. */
  readonly does:
    'forward' | 'upload' | 'stage' | 'download' | 'put-object' | 'copy-object' | 'get-object' | 'redirect' | 'own';
  readonly body: 'none' | 'json' | 'data';
  /** Needs a token; those of identity see to that themselves. */
  readonly token: boolean;
}

export interface Route {
  /** `{name}` is one parameter, `{name*}` at the end all that is left. */
  readonly template: string;
  readonly operations: Readonly<Record<string, Operation>>;
  /** Who answers a GET with `at=`, which asks for the past. */
  readonly past?: Operation;
}

const forwarded = (owner: Exclude<Owner, 'gateway'>, body: 'none' | 'json'): Operation => ({
  owner,
  does: 'forward',
  body,
  token: true,
});
const catalog = forwarded('catalog', 'none');
const catalogJson = forwarded('catalog', 'json');
const membership = forwarded('membership', 'none');
const membershipJson = forwarded('membership', 'json');
const audit = forwarded('audit', 'none');
const auditForAll: Operation = { ...audit, token: false };
const tasks = forwarded('task-worker', 'none');
const tasksJson = forwarded('task-worker', 'json');
const files = forwarded('task-worker', 'none');
const putObject: Operation = { owner: 'task-worker', does: 'put-object', body: 'data', token: true };
const copyObject: Operation = { owner: 'task-worker', does: 'copy-object', body: 'none', token: true };
const getObject: Operation = { owner: 'task-worker', does: 'get-object', body: 'none', token: true };
const upload: Operation = { owner: 'catalog', does: 'upload', body: 'data', token: true };
const stage: Operation = { owner: 'catalog', does: 'stage', body: 'data', token: true };
const download: Operation = { owner: 'catalog', does: 'download', body: 'none', token: true };
const own: Operation = { owner: 'gateway', does: 'own', body: 'none', token: false };
const ownForCaller: Operation = { ...own, token: true };
const redirect: Operation = { owner: 'gateway', does: 'redirect', body: 'none', token: false };
const ownJson: Operation = { owner: 'gateway', does: 'own', body: 'json', token: false };

/** All that can be called from outside; what is not here does not exist. A new capability adds its row. */
export const routes: readonly Route[] = [
  { template: '/', operations: { GET: own } },
  { template: '/versions', operations: { GET: own } },
  { template: '/healthz', operations: { GET: own } },
  { template: '/readyz', operations: { GET: own } },
  { template: '/openapi.json', operations: { GET: own } },
  { template: '/docs', operations: { GET: own } },
  { template: '/asyncapi.json', operations: { GET: own } },
  { template: '/docs/events', operations: { GET: own } },

  { template: '/identity', operations: { GET: own } },
  { template: '/identity/', operations: { GET: own } },
  { template: '/identity/v2.0/tokens', operations: { POST: ownJson } },
  { template: '/identity/v3', operations: { GET: own } },
  { template: '/identity/v3/', operations: { GET: own } },
  { template: '/identity/v3/auth/tokens', operations: { GET: own, POST: ownJson } },
  { template: '/identity/v3/projects', operations: { GET: own } },
  { template: '/identity/v3/projects/{project}', operations: { GET: own } },

  { template: '/info', operations: { GET: own } },
  ...['/v1/{account}', '/v1/{account}/'].map((template) => ({
    template,
    operations: { GET: files, HEAD: files, POST: files },
  })),
  ...['/v1/{account}/{container}', '/v1/{account}/{container}/'].map((template) => ({
    template,
    operations: { GET: files, HEAD: files, PUT: files, POST: files, DELETE: files },
  })),
  {
    template: '/v1/{account}/{container}/{object*}',
    operations: { GET: getObject, HEAD: files, PUT: putObject, POST: files, DELETE: files, COPY: copyObject },
  },

  { template: '/v2', operations: { GET: redirect } },
  { template: '/v2/images', operations: { GET: catalog, POST: catalogJson }, past: audit },
  { template: '/v2/images/{id}', operations: { GET: catalog, PATCH: catalogJson, DELETE: catalog }, past: audit },
  { template: '/v2/images/{id}/file', operations: { GET: download, PUT: upload } },
  { template: '/v2/images/{id}/stage', operations: { PUT: stage } },
  { template: '/v2/images/{id}/import', operations: { POST: tasksJson } },
  { template: '/v2/images/{id}/tasks', operations: { GET: tasks } },
  { template: '/v2/images/{id}/locations', operations: { GET: catalog, POST: catalogJson } },
  { template: '/v2/images/{id}/tags/{tag}', operations: { PUT: catalog, DELETE: catalog } },
  ...['deactivate', 'reactivate', 'restore', 'purge'].map((action) => ({
    template: `/v2/images/{id}/actions/${action}`,
    operations: { POST: catalog },
  })),
  {
    template: '/v2/images/{id}/members',
    operations: { GET: membership, POST: membershipJson },
    past: audit,
  },
  {
    template: '/v2/images/{id}/members/{member}',
    operations: { GET: membership, PUT: membershipJson, DELETE: membership },
  },
  { template: '/v2/tasks', operations: { GET: tasks, POST: tasksJson } },
  { template: '/v2/tasks/{id}', operations: { GET: tasks } },
  { template: '/v2/tasks/{id}/cancel', operations: { POST: tasks } },
  { template: '/v2/info/import', operations: { GET: catalog } },
  { template: '/v2/info/usage', operations: { GET: catalog } },
  { template: '/v2/images/{id}/events', operations: { GET: audit } },
  { template: '/v2/images/{id}/viewers', operations: { GET: audit } },
  { template: '/v1/events', operations: { GET: audit } },
  { template: '/v1/events/{id}', operations: { GET: audit } },
  { template: '/v1/feed', operations: { GET: audit } },
  { template: '/v1/export', operations: { GET: audit } },
  { template: '/v1/proofs/inclusion', operations: { GET: audit } },
  { template: '/v1/proofs/consistency', operations: { GET: audit } },
  { template: '/v1/checkpoints', operations: { GET: audit } },
  { template: '/v1/checkpoints/latest', operations: { GET: audit } },
  { template: '/v1/erasures', operations: { POST: { ...ownForCaller, body: 'json' } } },
  { template: '/v1/erasures/{id}', operations: { GET: ownForCaller } },
  { template: '/v1/keys', operations: { GET: auditForAll } },
  { template: '/v2/schemas/image', operations: { GET: catalog } },
  { template: '/v2/schemas/images', operations: { GET: catalog } },
  { template: '/v2/schemas/member', operations: { GET: membership } },
  { template: '/v2/schemas/members', operations: { GET: membership } },
  { template: '/v2/schemas/task', operations: { GET: tasks } },
  { template: '/v2/schemas/tasks', operations: { GET: tasks } },
];

/** Those of Cloud Files, and of what their clients look at first. */
const ofFiles = (template: string): boolean => template.startsWith('/v1/{account}') || template === '/info';

/** All that is served. With a Swift in place of Cloud Files of our own, they do not exist here. */
export const servedRoutes = ({ swiftPublicUrl }: { readonly swiftPublicUrl?: string }): readonly Route[] =>
  swiftPublicUrl === undefined ? routes : routes.filter(({ template }) => !ofFiles(template));
