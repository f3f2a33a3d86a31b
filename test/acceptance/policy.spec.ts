// Who may do what, executed for real. The expected side is written by hand from the specification's role column (1.1–1.3),
// the seed and the table of differences; nothing here reads the policy table of the service.
import { makeImage, share } from './images.ts';
import { people, type Person } from './service.ts';

type Role = 'admin' | 'demo' | 'reader' | 'observer' | 'creator' | 'projectadmin' | 'multiproduct' | 'nobody';
/** How the acting project stands to the image. */
type Relation = 'own' | 'accepted' | 'pending' | 'public' | 'community' | 'foreign';

interface Operation {
  readonly name: string;
  readonly needs: 'queued' | 'active';
  readonly call: (actor: Person, id: string, everyone: Record<string, Person>) => Promise<{ status: number }>;
  /** Own image: status by role. */
  readonly own: Partial<Record<Role, number>>;
  /** Image of another project that the acting one can see. */
  readonly seen: Partial<Record<Role, number>>;
  /** Image that the acting project can't see. */
  readonly unseen: Partial<Record<Role, number>>;
}

// Readers read; writers (member, cloudImages:creator, cloudImages:admin) write what is theirs; creator never deletes;
// a multiproduct role from this identity source and a role of another product are no role at all.
const none = { multiproduct: 403, nobody: 403 } as const;
const readers = (status: number) => ({
  demo: status,
  reader: status,
  observer: status,
  creator: status,
  projectadmin: status,
});
const writers = (status: number) => ({
  demo: status,
  creator: status,
  projectadmin: status,
  reader: 403,
  observer: 403,
});
const deleters = (status: number) => ({ demo: status, projectadmin: status, creator: 403, reader: 403, observer: 403 });
const everybody = (status: number) => readers(status);
const hidden = { ...everybody(404), multiproduct: [403, 404], nobody: [403, 404] } as unknown as Partial<
  Record<Role, number>
>;

const patch = { op: 'add', path: '/note', value: 'x' };
const operations: Operation[] = [
  {
    name: 'show',
    needs: 'active',
    call: (a, id) => a.client.call('GET', `/v2/images/${id}`),
    own: { ...readers(200), ...none, admin: 200 },
    seen: { ...readers(200), ...none, admin: 200 },
    unseen: { ...hidden, admin: 200 },
  },
  {
    name: 'download',
    needs: 'active',
    call: (a, id) => a.client.call('GET', `/v2/images/${id}/file`),
    own: { ...writers(200), ...none, admin: 200 },
    seen: { ...writers(200), ...none, admin: 200 },
    unseen: { ...hidden, admin: 200 },
  },
  {
    name: 'patch',
    needs: 'active',
    call: (a, id) => a.client.patch(id, [patch]),
    own: { ...writers(200), ...none, admin: 200 },
    seen: { ...everybody(403), ...none, admin: 200 },
    unseen: { ...hidden, admin: 200 },
  },
  {
    name: 'upload',
    needs: 'queued',
    call: (a, id) => a.client.upload(id, Buffer.from('data')),
    own: { ...writers(204), ...none, admin: 204 },
    seen: { ...everybody(403), ...none, admin: 204 },
    unseen: { ...hidden, admin: 204 },
  },
  {
    name: 'tag',
    needs: 'active',
    call: (a, id) => a.client.call('PUT', `/v2/images/${id}/tags/t1`),
    own: { ...writers(204), ...none, admin: 204 },
    seen: { ...everybody(403), ...none, admin: 204 },
    unseen: { ...hidden, admin: 204 },
  },
  {
    name: 'deactivate',
    needs: 'active',
    call: (a, id) => a.client.call('POST', `/v2/images/${id}/actions/deactivate`),
    own: { ...writers(204), ...none, admin: 204 },
    seen: { ...everybody(403), ...none, admin: 204 },
    unseen: { ...hidden, admin: 204 },
  },
  {
    name: 'reactivate',
    needs: 'active',
    call: (a, id) => a.client.call('POST', `/v2/images/${id}/actions/reactivate`),
    own: { ...writers(204), ...none, admin: 204 },
    seen: { ...everybody(403), ...none, admin: 204 },
    unseen: { ...hidden, admin: 204 },
  },
  {
    name: 'publicize',
    needs: 'active',
    call: (a, id) => a.client.patch(id, [{ op: 'replace', path: '/visibility', value: 'public' }]),
    own: { ...everybody(403), ...none, admin: 200 },
    seen: { ...everybody(403), ...none, admin: 200 },
    unseen: { ...hidden, admin: 200 },
  },
  {
    name: 'delete',
    needs: 'active',
    call: (a, id) => a.client.call('DELETE', `/v2/images/${id}`),
    own: { ...deleters(204), ...none, admin: 204 },
    seen: { ...everybody(403), ...none, admin: 204 },
    unseen: { ...hidden, admin: 204 },
  },
];

// Sharing differs by visibility too: only a `shared` image has members that one may add or list.
const sharing: {
  name: string;
  call: Operation['call'];
  expected: Partial<Record<Relation, Partial<Record<Role, number>>>>;
}[] = [
  {
    name: 'add member',
    call: (a, id) => a.client.call('POST', `/v2/images/${id}/members`, { body: { member: 'somebody' } }),
    expected: {
      own: { ...writers(200), ...none, admin: 200 },
      accepted: { ...everybody(403), ...none, admin: 200 },
      pending: { ...everybody(403), ...none, admin: 200 },
      public: { ...everybody(403), ...none, admin: 403 },
      community: { ...everybody(403), ...none, admin: 403 },
      foreign: { ...hidden },
    },
  },
  {
    name: 'list members',
    call: (a, id) => a.client.call('GET', `/v2/images/${id}/members`),
    expected: {
      own: { ...readers(200), ...none, admin: 200 },
      accepted: { ...readers(200), ...none, admin: 200 },
      pending: { ...readers(200), ...none, admin: 200 },
      public: { ...everybody(403), ...none, admin: 403 },
      community: { ...everybody(403), ...none, admin: 403 },
      foreign: { ...hidden },
    },
  },
  {
    name: 'answer as the member',
    call: (a, id, everyone) =>
      a.client.call('PUT', `/v2/images/${id}/members/${everyone['demo']!.projectId}`, { body: { status: 'rejected' } }),
    expected: {
      accepted: { ...writers(200), ...none, admin: 200 },
      pending: { ...writers(200), ...none, admin: 200 },
      foreign: { ...hidden, admin: 404 },
    },
  },
  {
    name: 'remove the member',
    call: (a, id, everyone) => a.client.call('DELETE', `/v2/images/${id}/members/${everyone['demo']!.projectId}`),
    expected: {
      accepted: { ...everybody(403), ...none, admin: 204 },
      pending: { ...everybody(403), ...none, admin: 204 },
      foreign: { ...hidden, admin: 404 },
    },
  },
];

const roles: Role[] = ['admin', 'demo', 'reader', 'observer', 'creator', 'projectadmin', 'multiproduct', 'nobody'];
const relations: Relation[] = ['own', 'accepted', 'pending', 'public', 'community', 'foreign'];

async function arrange(
  relation: Relation,
  needs: 'queued' | 'active',
  everyone: Record<string, Person>,
): Promise<string> {
  const { demo, alt, admin } = everyone as { demo: Person; alt: Person; admin: Person };
  const data = needs === 'active';
  switch (relation) {
    case 'own':
      return makeImage(demo, { data });
    case 'public':
      return makeImage(admin, { data, fields: { visibility: 'public' } });
    case 'community':
      return makeImage(alt, { data, fields: { visibility: 'community' } });
    case 'foreign':
      return makeImage(alt, { data, fields: { visibility: 'private' } });
    default: {
      const id = await makeImage(alt, { data });
      await share(id, alt, demo, relation === 'accepted' ? 'accepted' : undefined);
      return id;
    }
  }
}

describe('who may do what', () => {
  let everyone: Record<string, Person>;

  beforeAll(async () => {
    everyone = await people({
      admin: 'admin',
      alt: 'alt',
      demo: 'demo',
      reader: 'demo',
      observer: 'demo',
      creator: 'demo',
      projectadmin: 'demo',
      multiproduct: 'demo',
      nobody: 'demo',
    });
  });

  afterAll(() => Promise.all(Object.values(everyone).map((person) => person.client.close())));

  const cells: [string, Role, Relation, 'queued' | 'active', Operation['call'], number | number[]][] = [];
  for (const relation of relations) {
    for (const role of roles) {
      for (const operation of operations) {
        const column = relation === 'own' ? operation.own : relation === 'foreign' ? operation.unseen : operation.seen;
        const expected = column[role];
        if (expected !== undefined)
          cells.push([operation.name, role, relation, operation.needs, operation.call, expected]);
      }
      for (const operation of sharing) {
        const expected = operation.expected[relation]?.[role];
        if (expected !== undefined) cells.push([operation.name, role, relation, 'active', operation.call, expected]);
      }
    }
  }

  it('covers every operation, role and relation', () => {
    expect(cells.length).toBeGreaterThan(550);
  });

  it.each(cells)('[roles] %s as %s on an image that is %s', async (_name, role, relation, needs, call, expected) => {
    const id = await arrange(relation, needs, everyone);
    const { status } = await call(everyone[role] as Person, id, everyone);
    expect([expected].flat()).toContain(status);
  });
});
