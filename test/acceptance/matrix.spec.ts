// The authorisation matrix, executed: operation × role × relation × status. The expected side is written by hand from the
// specification's role column (1.1–1.3), the seed's sharing rules and the rules for roles; nothing here reads the policy
// table of the service. Where this is not what Glance does, docs/differences.md says why.
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { DATA, makeImage, share } from './images.ts';
import { holdImport, loseData } from './inside.ts';
import { titled } from './rules/row.ts';
import { people, type Person } from './service.ts';

const roles = [
  'admin',
  'demo',
  'projectadmin',
  'creator',
  'reader',
  'observer',
  'multiproduct',
  'nobody',
  'cloudservice',
] as const;
type Role = (typeof roles)[number];
/** How the project `demo`, of all roles but admin, stands to the image. */
const relations = ['own', 'accepted', 'pending', 'rejected', 'removed', 'public', 'community', 'foreign'] as const;
type Relation = (typeof relations)[number];
const statuses = [
  'queued',
  'saving',
  'uploading',
  'importing',
  'killed',
  'active',
  'deactivated',
  'adminLocked',
  'pendingDelete',
  'deleted',
] as const;
/** Without data. */
const empty: readonly Status[] = ['queued', 'saving', 'uploading', 'importing', 'killed'];
/** What is under way is given up when nothing comes: each test has its own. */
const fleeting: readonly Status[] = ['saving', 'importing'];
type Status = (typeof statuses)[number];

/** Weakest first; a multiproduct role from this source and another product's role are none at all. */
const rank: Record<Role, number> = {
  multiproduct: 0,
  nobody: 0,
  // The role of Nova and Cinder: it means something for locations alone.
  cloudservice: 0,
  reader: 1,
  observer: 1,
  creator: 2,
  demo: 3,
  projectadmin: 3,
  admin: 4,
};
const reads = 1;
const creates = 2;
const removes = 3;
const operates = 4;

const isGone = (status: Status) => status === 'pendingDelete' || status === 'deleted';
const isEmpty = (status: Status) => empty.includes(status);
const isMember = (relation: Relation) => ['accepted', 'pending', 'rejected'].includes(relation);
const sees = (relation: Relation) => relation !== 'removed' && relation !== 'foreign';
const isShared = (relation: Relation) => relation !== 'public' && relation !== 'community' && relation !== 'foreign';
const all = (outcome: number) => () => outcome;

interface Operation {
  readonly name: string;
  readonly call: (actor: Person, id: string, demoProject: string) => Promise<{ status: number }>;
  /** The least that a role must amount to. */
  readonly least: number;
  /** Whose images: all that one sees, one's own, those that one is a member of. */
  readonly on: 'seen' | 'own' | 'member';
  /** What someone gets who may do this, to a living image. */
  readonly outcome: (status: Status, role: Role, relation: Relation) => number;
  /** The same for a deleted one; 404 when it is left out. */
  readonly afterDeletion?: (status: Status, role: Role) => number;
}

const at =
  (method: string, path: string, body?: unknown): Operation['call'] =>
  (actor, id, demo) =>
    actor.client.call(method, `/v2/images/${id}${path.replace('{demo}', demo)}`, body === undefined ? {} : { body });
const patch =
  (...operations: object[]): Operation['call'] =>
  (actor, id) =>
    actor.client.patch(id, operations);

const operations: readonly Operation[] = [
  { name: 'show', call: at('GET', ''), least: reads, on: 'seen', outcome: all(200) },
  {
    name: 'show a deleted one',
    call: at('GET', '?deleted=true'),
    least: reads,
    on: 'seen',
    outcome: all(200),
    afterDeletion: all(200),
  },
  {
    name: 'download',
    call: at('GET', '/file'),
    least: creates,
    on: 'seen',
    outcome: (status, role) => (isEmpty(status) ? 204 : status === 'active' || role === 'admin' ? 200 : 403),
  },
  {
    name: 'change',
    call: patch({ op: 'add', path: '/note', value: 'x' }),
    least: creates,
    on: 'own',
    outcome: all(200),
  },
  {
    name: 'publish',
    call: patch({ op: 'replace', path: '/visibility', value: 'public' }),
    least: operates,
    on: 'own',
    outcome: all(200),
  },
  {
    name: 'give away',
    call: patch({ op: 'replace', path: '/owner', value: 'another' }),
    least: operates,
    on: 'own',
    outcome: all(200),
  },
  {
    name: 'upload',
    call: (actor, id) => actor.client.upload(id, DATA),
    least: creates,
    on: 'own',
    outcome: (status) => (status === 'queued' ? 204 : 409),
  },
  { name: 'tag', call: at('PUT', '/tags/new'), least: creates, on: 'own', outcome: all(204) },
  { name: 'untag', call: at('DELETE', '/tags/there'), least: removes, on: 'own', outcome: all(204) },
  {
    name: 'deactivate',
    call: at('POST', '/actions/deactivate'),
    least: creates,
    on: 'own',
    outcome: (status) => (isEmpty(status) ? 403 : 204),
  },
  {
    name: 'reactivate',
    call: at('POST', '/actions/reactivate'),
    least: creates,
    on: 'own',
    outcome: (status, role) => (isEmpty(status) ? 403 : status === 'adminLocked' && role !== 'admin' ? 403 : 204),
  },
  { name: 'delete', call: at('DELETE', ''), least: removes, on: 'own', outcome: all(204) },
  {
    name: 'restore',
    call: at('POST', '/actions/restore'),
    least: creates,
    on: 'own',
    outcome: all(409),
    afterDeletion: (status) => (status === 'pendingDelete' ? 204 : 404),
  },
  {
    name: 'purge',
    call: at('POST', '/actions/purge'),
    least: removes,
    on: 'own',
    outcome: all(409),
    afterDeletion: (status) => (status === 'pendingDelete' ? 204 : 404),
  },
  {
    name: 'add a member',
    call: at('POST', '/members', { member: 'somebody' }),
    least: creates,
    on: 'own',
    outcome: (_status, _role, relation) => (isShared(relation) ? 200 : 403),
  },
  {
    name: 'list members',
    call: at('GET', '/members'),
    least: reads,
    on: 'seen',
    outcome: (_status, _role, relation) => (isShared(relation) ? 200 : 403),
  },
  {
    name: 'show a member',
    call: at('GET', '/members/{demo}'),
    least: reads,
    on: 'seen',
    // Whatever is refused of a single member is not found.
    outcome: (_status, _role, relation) => (isMember(relation) ? 200 : 404),
  },
  {
    name: 'answer',
    call: at('PUT', '/members/{demo}', { status: 'rejected' }),
    least: creates,
    on: 'member',
    outcome: (_status, _role, relation) => (isMember(relation) ? 200 : 404),
  },
  {
    name: 'remove a member',
    call: at('DELETE', '/members/{demo}'),
    least: removes,
    on: 'own',
    outcome: (_status, _role, relation) => (isMember(relation) ? 204 : 404),
  },
  { name: 'show locations', call: at('GET', '/locations'), least: operates + 1, on: 'own', outcome: all(200) },
];

/** To a service of the cloud, whoever's image it is. */
const located = (status: Status): number =>
  isGone(status) ? 404 : status === 'deactivated' || status === 'adminLocked' ? 403 : 200;

/** Every status that is right; several where the specification leaves it open what is said first. */
function expected(operation: Operation, role: Role, relation: Relation, status: Status): readonly number[] {
  const { least, on, outcome, afterDeletion } = operation;
  if (least > operates) return [role === 'cloudservice' ? located(status) : 403];
  const known = role === 'admin' || sees(relation);
  // Someone without a role of ours is told nothing: whether 403 or 404 is the same to him.
  if (rank[role] === 0) return [403, 404];
  if (isGone(status)) {
    const still = role === 'admin' || relation === 'own';
    if (!still || afterDeletion === undefined) return [404];
    if (rank[role] < least) return [403, 404];
    return [afterDeletion(status, role)];
  }
  if (!known) return [404];
  const entitled =
    role === 'admin' ||
    on === 'seen' ||
    (on === 'own' && relation === 'own') ||
    (on === 'member' && isMember(relation));
  if (operation.name === 'show a member') return [rank[role] < least ? 403 : outcome(status, role, relation)];
  if (rank[role] < least || !entitled) return [403];
  return [outcome(status, role, relation)];
}

describe('who may do what to which image', () => {
  let everyone: Record<Role | 'alt', Person>;
  const fixtures = new Map<string, Promise<string>>();
  const endings: (() => void)[] = [];

  beforeAll(async () => {
    const inDemo = Object.fromEntries(roles.filter((role) => role !== 'admin').map((role) => [role, 'demo']));
    everyone = (await people({ ...inDemo, admin: 'admin', alt: 'alt' })) as Record<Role | 'alt', Person>;
  });
  afterAll(() => Promise.all(Object.values(everyone).map(({ client }) => client.close())));

  afterEach(() => {
    for (const end of endings.splice(0)) end();
    for (const relation of relations) for (const status of fleeting) fixtures.delete(`${relation} ${status}`);
  });

  async function beginUpload(owner: Person, id: string): Promise<void> {
    const headers = { 'x-auth-token': owner.client.token, 'content-type': 'application/octet-stream' };
    const upload = request(`${owner.client.url}/v2/images/${id}/file`, { method: 'PUT', headers });
    upload.on('error', () => undefined);
    upload.write('x');
    endings.push(() => upload.destroy());
    for (let tries = 0; tries < 200; tries += 1) {
      if ((await owner.client.call('GET', `/v2/images/${id}`)).json.status === 'saving') return;
      await sleep(10);
    }
    throw new Error('the upload never began');
  }

  async function stage(owner: Person, id: string): Promise<void> {
    const headers = { 'content-type': 'application/octet-stream' };
    const { status } = await owner.client.call('PUT', `/v2/images/${id}/stage`, { body: DATA, headers });
    if (status !== 204) throw new Error(`stage: ${status}`);
  }

  async function arrange(relation: Relation, status: Status): Promise<string> {
    const { demo, alt, admin } = everyone;
    const owner = relation === 'own' ? demo : alt;
    const visibility = relation === 'community' ? 'community' : relation === 'foreign' ? 'private' : 'shared';
    const data = !isEmpty(status) && status !== 'deleted';
    const id = await makeImage(owner, { data, fields: { visibility, tags: ['there'] } });
    if (isMember(relation) || relation === 'removed') {
      await share(id, owner, demo, relation === 'accepted' || relation === 'rejected' ? relation : undefined);
    }
    if (relation === 'removed') await owner.client.call('DELETE', `/v2/images/${id}/members/${demo.projectId}`);
    if (relation === 'public') {
      await admin.client.patch(id, [{ op: 'replace', path: '/visibility', value: 'public' }]);
    }
    if (status === 'saving') await beginUpload(owner, id);
    if (status === 'uploading' || status === 'importing') await stage(owner, id);
    if (status === 'importing') await holdImport(owner, id);
    if (status === 'killed') await loseData(owner, id);
    if (status === 'deactivated') await owner.client.call('POST', `/v2/images/${id}/actions/deactivate`);
    if (status === 'adminLocked') await admin.client.call('POST', `/v2/images/${id}/actions/deactivate`);
    if (isGone(status)) await owner.client.call('DELETE', `/v2/images/${id}`);
    return id;
  }

  /** One image serves all that must not change it. */
  function shared(relation: Relation, status: Status): Promise<string> {
    const key = `${relation} ${status}`;
    const known = fixtures.get(key) ?? arrange(relation, status);
    fixtures.set(key, known);
    return known;
  }

  const cells = operations.flatMap((operation) =>
    relations.flatMap((relation) => statuses.map((status) => [operation, relation, status] as const)),
  );

  it('has thousands of cells', () => {
    expect(cells.length * roles.length).toBeGreaterThan(14_000);
  });

  it.each(
    cells.map(
      ([operation, relation, status]) =>
        [titled('roles', `${operation.name}, image ${relation}, ${status}`), operation, relation, status] as const,
    ),
  )('%s', async (_title, operation, relation, status) => {
    const seen: Record<string, string> = {};
    const wanted: Record<string, string> = {};
    for (const role of roles) {
      const right = expected(operation, role, relation, status);
      const changes = right.some((code) => code < 300) && !/^(show|list|download)/.test(operation.name);
      const id = await (changes ? arrange(relation, status) : shared(relation, status));
      const { status: code } = await operation.call(everyone[role], id, everyone.demo.projectId);
      seen[role] = String(code);
      wanted[role] = right.includes(code) ? String(code) : right.join(' or ');
    }
    expect(seen).toEqual(wanted);
  });
});
