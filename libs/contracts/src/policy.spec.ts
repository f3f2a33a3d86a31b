import type { Identity } from './identity.js';
import {
  authorize,
  capabilityOf,
  eventsOpenTo,
  imageNotFound,
  isCloudService,
  may,
  policy,
  type Operation,
  type Relation,
  type Standing,
} from './policy.js';

const someone = (roles: string[], source: Identity['source'] = 'embedded', via = 'gateway'): Identity => ({
  user: 'u',
  project: 'p',
  roles,
  via,
  source,
});

describe('what roles amount to', () => {
  it.each<[string[], Identity['source'], string | null]>([
    [['reader'], 'embedded', 'reader'],
    [['member'], 'keystone', 'member'],
    [['admin'], 'oidc', 'operator'],
    [['cloudImages:observer'], 'embedded', 'reader'],
    [['cloudImages:creator'], 'embedded', 'creator'],
    [['cloudImages:admin'], 'embedded', 'member'],
    [['cloudImages:observer', 'member', 'reader'], 'embedded', 'member'],
    [['cloudImages:creator', 'cloudImages:observer'], 'rackspace', 'creator'],
    [['observer'], 'embedded', null],
    [['observer'], 'rackspace', 'reader'],
    [['admin'], 'rackspace', 'member'],
    [['Admin', 'load-balancer_member', '__proto__'], 'embedded', null],
    [[], 'service', null],
  ])('%j from %s: %s', (roles, source, capability) => {
    expect(capabilityOf(someone(roles, source))).toBe(capability);
  });
});

describe('the policy', () => {
  const operations = Object.keys(policy) as Operation[];
  const aboutImages = operations.filter((operation) => 'on' in policy[operation]);
  const allowed = (roles: string[], relation: Relation | null) =>
    operations.filter((operation) => may(operation, someone(roles), relation)).sort();

  it('lets a reader read, and never download', () => {
    expect(allowed(['reader'], 'owner')).toEqual([
      'get_events',
      ...['get_image', 'get_images', 'get_member', 'get_members', 'get_task', 'get_tasks', 'read_files'],
    ]);
  });

  it('keeps from a creator exactly what removes', () => {
    const creator = new Set(allowed(['cloudImages:creator'], 'owner'));
    const lacks = allowed(['member'], 'owner').filter((operation) => !creator.has(operation));
    expect(lacks).toEqual(['delete_files', 'delete_image', 'delete_member', 'purge_image', 'untag_image']);
  });

  it('keeps from an owner what only an operator, or only the member itself, may do', () => {
    const owner = new Set(allowed(['member'], 'owner'));
    expect(operations.filter((operation) => !owner.has(operation)).sort()).toEqual([
      'erase_person',
      'modify_member',
      'publicize_image',
      'set_image_owner',
    ]);
  });

  it('lets a consumer use what is shared with it, and answer', () => {
    expect(allowed(['member'], 'member')).toEqual([
      'add_image',
      'add_task',
      'delete_files',
      'download_image',
      'get_events',
      'get_image',
      'get_images',
      'get_member',
      'get_members',
      'get_tasks',
      'modify_member',
      'read_files',
      'write_files',
    ]);
  });

  it('lets an operator do everything to every image that there is', () => {
    expect(allowed(['admin'], 'admin')).toHaveLength(operations.length);
    expect(allowed(['admin'], 'public')).toHaveLength(operations.length);
    for (const operation of aboutImages) expect(may(operation, someone(['admin']), null)).toBe(false);
  });

  it('gives a service nothing by its name', () => {
    expect(operations.filter((operation) => may(operation, someone([], 'service', 'catalog'), 'owner'))).toEqual([]);
  });
});

describe('a service of the cloud', () => {
  it('is known by its role alone, which is no other role', () => {
    expect(isCloudService(someone(['service'], 'keystone'))).toBe(true);
    expect(isCloudService(someone(['admin', 'member'], 'keystone'))).toBe(false);
    expect(capabilityOf(someone(['service'], 'keystone'))).toBeNull();
  });
});

describe('how it is refused', () => {
  it.each<[string[], Relation | null, string]>([
    [['member'], null, 'not-found'],
    [['reader'], null, 'not-found'],
    [['reader'], 'owner', 'forbidden'],
    [['member'], 'public', 'forbidden'],
    [[], null, 'forbidden'],
    [[], 'public', 'forbidden'],
  ])('%j changing an image to which it stands as %s: %s', (roles, relation, code) => {
    expect(() => authorize('modify_image', someone(roles), relation)).toThrow(expect.objectContaining({ code }));
  });

  it('says the same of an image that is hidden as of none, and that only the one was a denial', () => {
    const refusalOf = (standing: Standing) => {
      try {
        return authorize('get_image', someone(['member']), standing);
      } catch (error) {
        return error;
      }
    };
    const answer = { code: 'not-found', message: imageNotFound().message, headers: {} };
    expect(refusalOf('hidden')).toMatchObject({ ...answer, denies: true });
    expect(refusalOf(null)).toMatchObject({ ...answer, denies: false });
    expect(may('get_image', someone(['admin']), 'hidden')).toBe(false);
  });

  it('says nothing when it is allowed', () => {
    expect(() => authorize('add_image', someone(['member']))).not.toThrow();
    expect(() => authorize('modify_image', someone(['member']), 'owner')).not.toThrow();
  });
});

describe('whose events one may read', () => {
  it.each<[string[], 'all' | { project: string }]>([
    [['admin'], 'all'],
    [['cloudImages:auditor'], 'all'],
    [['reader'], { project: 'p' }],
    [['member', 'cloudImages:admin'], { project: 'p' }],
  ])('%j: %j', (roles, scope) => {
    expect(eventsOpenTo(someone(roles))).toEqual(scope);
  });

  it.each<[string, Identity]>([
    ['somebody whose roles mean nothing', someone(['auditor'])],
    [
      'a Rackspace `admin`, who is none of ours, without a project',
      { ...someone(['admin'], 'rackspace'), project: null },
    ],
    ['a member of no project', { ...someone(['member']), project: null }],
  ])('refuses %s', (_who, identity) => {
    expect(() => eventsOpenTo(identity)).toThrow(expect.objectContaining({ code: 'forbidden' }));
  });
});
