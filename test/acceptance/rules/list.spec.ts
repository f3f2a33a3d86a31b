// Section 1.7: what a list holds, filters, order, paging. The images of one project that nobody else writes to.
import { makeImage, share } from '../images.ts';
import { people, type Person } from '../service.ts';
import { titled } from './row.ts';

/** Names of the fixture images; made in this order, so that the newest is the last. */
const fields: Record<string, { data?: boolean; fields: Record<string, unknown> }> = {
  alpha: { data: true, fields: { tags: ['x', 'y'], os_distro: 'debian', min_ram: 512, min_disk: 1 } },
  'be,ta': { fields: { tags: ['x'], disk_format: 'qcow2', min_ram: 1024, note: 'in:a,b' } },
  gamma: { data: true, fields: { visibility: 'private', tags: ['y'], protected: true, note: 'a' } },
  delta: { fields: { visibility: 'community', container_format: 'ovf', min_disk: 10, colour: 'blue' } },
  hidden: { fields: { os_hidden: true } },
};

/** Query → names, in the order of the page when it says one. */
const found: [rule: string, query: string, names: string[] | 'ordered', ordered?: string[]][] = [
  ['1.7 default list', '', ['alpha', 'be,ta', 'gamma', 'delta', 'accepted']],
  ['1.7 default list', 'os_hidden=false', ['alpha', 'be,ta', 'gamma', 'delta', 'accepted']],
  ['1.7 default list', 'os_hidden=true', ['hidden']],
  ['1.7 default list', 'deleted=true', ['alpha', 'be,ta', 'gamma', 'delta', 'accepted']],
  ['1.7 visibility', 'visibility=private', ['gamma']],
  ['1.7 visibility', 'visibility=community', ['delta', 'foreign-community']],
  ['1.7 visibility', 'visibility=shared', ['alpha', 'be,ta', 'accepted']],
  ['1.7 visibility', 'visibility=shared&member_status=pending', ['alpha', 'be,ta', 'pending']],
  ['1.7 visibility', 'visibility=shared&member_status=rejected', ['alpha', 'be,ta', 'rejected']],
  ['1.7 visibility', 'visibility=shared&member_status=all', ['alpha', 'be,ta', 'accepted', 'pending', 'rejected']],
  ['1.7 visibility', 'member_status=pending', ['alpha', 'be,ta', 'gamma', 'delta', 'pending']],
  ['1.7 visibility', 'visibility=all', ['alpha', 'be,ta', 'gamma', 'delta', 'accepted', 'foreign-community']],
  ['1.7 visibility', 'visibility=public', []],
  ['1.7 filters', 'name=alpha', ['alpha']],
  ['1.7 filters', 'name=eq:alpha', ['alpha']],
  ['1.7 filters', 'name=be,ta', ['be,ta']],
  ['1.7 filters', 'name=ALPHA', []],
  ['1.7 filters', 'status=queued', ['be,ta', 'delta']],
  ['1.7 filters', 'status=active', ['alpha', 'gamma', 'accepted']],
  ['1.7 filters', 'status=killed', []],
  ['1.7 filters', 'disk_format=qcow2', ['be,ta']],
  ['1.7 filters', 'container_format=ovf', ['delta']],
  ['1.7 filters', 'protected=true', ['gamma']],
  ['1.7 filters', 'protected=false', ['alpha', 'be,ta', 'delta', 'accepted']],
  ['1.7 filters', 'os_distro=debian', ['alpha']],
  ['1.7 filters', 'colour=blue', ['delta']],
  ['1.7 filters', 'colour=red', []],
  ['1.7 filters', 'shape=round', []],
  ['1.7 filters', 'is_public=true', []],
  ['1.7 filters', 'size=10', ['alpha', 'gamma', 'accepted']],
  ['1.7 filters', 'min_ram=512', ['alpha']],
  ['1.7 filters', 'min_disk=10', ['delta']],
  ['1.7 filters', 'checksum=781e5e245d69b566979b86e28d23f2c7', ['alpha', 'gamma', 'accepted']],
  ['1.7 filters', 'checksum=00000000000000000000000000000000', []],
  ['1.7 filters', 'owner=nobody', []],
  ['1.7 filters', 'status=active&protected=true&size=10', ['gamma']],
  ['1.7 in', 'name=in:alpha,gamma', ['alpha', 'gamma']],
  ['1.7 in', 'name=in:"be,ta",delta', ['be,ta', 'delta']],
  ['1.7 in', 'status=in:queued,active', ['alpha', 'be,ta', 'gamma', 'delta', 'accepted']],
  ['1.7 in', 'disk_format=in:qcow2,iso', ['be,ta']],
  ['1.7 in', 'container_format=in:ovf', ['delta']],
  ['1.7 in', 'note=in:a,b', ['be,ta']],
  ['1.7 in', 'id=in:nothing', []],
  ['1.7 bounds', 'min_ram_min=512', ['alpha', 'be,ta']],
  ['1.7 bounds', 'min_ram_min=513', ['be,ta']],
  ['1.7 bounds', 'min_ram_max=512', ['alpha', 'gamma', 'delta', 'accepted']],
  ['1.7 bounds', 'min_disk_min=1&min_disk_max=9', ['alpha']],
  ['1.7 bounds', 'size_min=10', ['alpha', 'gamma', 'accepted']],
  ['1.7 bounds', 'size_min=11', []],
  ['1.7 bounds', 'size_max=9', []],
  ['1.7 bounds', 'size_max=99999999999999999999999', ['alpha', 'gamma', 'accepted']],
  ['1.7 tags', 'tag=x', ['alpha', 'be,ta']],
  ['1.7 tags', 'tag=y', ['alpha', 'gamma']],
  ['1.7 tags', 'tag=x&tag=y', ['alpha']],
  ['1.7 tags', 'tag=x&tag=z', []],
  ['1.7 times', 'created_at=gte:2020-01-01T00:00:00Z', ['alpha', 'be,ta', 'gamma', 'delta', 'accepted']],
  ['1.7 times', 'created_at=gt:2090-01-01T00:00:00Z', []],
  ['1.7 times', 'updated_at=lt:2090-01-01T00:00:00Z', ['alpha', 'be,ta', 'gamma', 'delta', 'accepted']],
  ['1.7 times', 'updated_at=lte:2020-01-01', []],
  ['1.7 times', 'created_at=2020-01-01T00:00:00Z', []],
  ['1.7 times', 'created_at=neq:2020-01-01T00:00:00Z', ['alpha', 'be,ta', 'gamma', 'delta', 'accepted']],
  ['1.7 sort', 'sort=name:asc', 'ordered', ['accepted', 'alpha', 'be,ta', 'delta', 'gamma']],
  ['1.7 sort', 'sort=name', 'ordered', ['gamma', 'delta', 'be,ta', 'alpha', 'accepted']],
  ['1.7 sort', 'sort_key=name&sort_dir=asc', 'ordered', ['accepted', 'alpha', 'be,ta', 'delta', 'gamma']],
  ['1.7 sort', 'sort=created_at:asc', 'ordered', ['accepted', 'alpha', 'be,ta', 'gamma', 'delta']],
  ['1.7 sort', 'sort_key=created_at', 'ordered', ['delta', 'gamma', 'be,ta', 'alpha', 'accepted']],
  ['1.7 sort', 'sort=status:asc,name:desc', 'ordered', ['gamma', 'alpha', 'accepted', 'delta', 'be,ta']],
  [
    '1.7 sort',
    'sort_key=status&sort_key=name&sort_dir=asc&sort_dir=desc',
    'ordered',
    ['gamma', 'alpha', 'accepted', 'delta', 'be,ta'],
  ],
  [
    '1.7 sort',
    'sort_key=status&sort_key=name&sort_dir=asc',
    'ordered',
    ['accepted', 'alpha', 'gamma', 'be,ta', 'delta'],
  ],
  ['1.7 paging', 'limit=0', []],
];

const refused: [query: string, code: string][] = [
  ...['x', '-1', '1.5', '', ' 1'].map((value) => [`limit=${value}`, 'invalid-limit'] as [string, string]),
  ['limit=1&limit=2', 'invalid-limit'],
  ['marker=x', 'invalid-marker'],
  ['marker=11111111-2222-4333-8444-555555555555', 'invalid-marker'],
  ['sort=colour', 'invalid-sort'],
  ['sort=name:up', 'invalid-sort'],
  ['sort_key=min_ram', 'invalid-sort'],
  ['sort_key=name&sort_dir=up', 'invalid-sort'],
  ['sort=name&sort_key=id', 'invalid-sort'],
  ['sort_key=name&sort_key=id&sort_dir=asc&sort_dir=asc&sort_dir=asc', 'invalid-sort'],
  ['visibility=everyone', 'invalid-filter'],
  ['visibility=public&visibility=private', 'invalid-filter'],
  ['member_status=maybe', 'invalid-filter'],
  ['protected=1', 'invalid-filter'],
  ['os_hidden=yes', 'invalid-filter'],
  ['size=big', 'invalid-filter'],
  ['size_min=x', 'invalid-filter'],
  ['min_ram_max=-1', 'invalid-filter'],
  ['name_min=1', 'invalid-filter'],
  ['foo_min=1', 'invalid-filter'],
  ['locations=x', 'invalid-filter'],
  ['changes-since=2026-01-01T00:00:00Z', 'invalid-filter'],
  ['name=like:x', 'invalid-filter'],
  ['name=in:"a', 'invalid-filter'],
  ['name=in:a,,b', 'invalid-filter'],
  ['created_at=yesterday', 'invalid-filter'],
  ['created_at=like:2020-01-01T00:00:00Z', 'invalid-filter'],
  ['updated_at=gt:2020-13-01T00:00:00Z', 'invalid-filter'],
];

const encoded = (query: string) => query.replaceAll('"', '%22').replaceAll(' ', '%20');

describe('lists', () => {
  let everyone: Record<string, Person>;
  let lister: Person;
  const ids = new Map<string, string>();

  // Public images of other tests are nobody's fault: by owner or by a mark of this run they stay out.
  const namesOf = (images: { id: string; name: string }[]) =>
    images.filter(({ id }) => [...ids.values()].includes(id)).map(({ name }) => name);
  const list = (query: string) => lister.client.call('GET', `/v2/images?${encoded(query)}`);
  const all = (query: string) => (/(^|&)limit=/.test(query) ? query : `${query}${query === '' ? '' : '&'}limit=1000`);

  beforeAll(async () => {
    everyone = await people({ lister: 'lists', neighbour: 'lists-neighbour', admin: 'admin' });
    lister = everyone['lister']!;
    const neighbour = everyone['neighbour']!;
    const make = async (name: string, owner: Person, options: { data?: boolean; fields?: Record<string, unknown> }) => {
      const id = await makeImage(owner, { ...options, fields: { ...options.fields, name } });
      ids.set(name, id);
      return id;
    };
    for (const status of ['accepted', 'pending', 'rejected'] as const) {
      const id = await make(status, neighbour, { data: true });
      await share(id, neighbour, lister, status === 'pending' ? undefined : status);
    }
    await make('foreign-community', neighbour, { fields: { visibility: 'community' } });
    await make('foreign-private', neighbour, { fields: { visibility: 'private' } });
    for (const [name, options] of Object.entries(fields)) await make(name, lister, options);
    const gone = await make('deleted', lister, { data: true });
    await lister.client.call('DELETE', `/v2/images/${gone}`);
  });
  afterAll(() => Promise.all(Object.values(everyone).map(({ client }) => client.close())));

  it.each(found.map(([rule, query, names, ordered]) => [titled(rule, `?${query}`), query, names, ordered] as const))(
    '%s',
    async (_title, query, names, ordered) => {
      const { status, json } = await list(all(query));
      expect([status, json?.error]).toEqual([200, undefined]);
      if (names === 'ordered') expect(namesOf(json.images)).toEqual(ordered);
      else expect(namesOf(json.images).sort()).toEqual([...names].sort());
    },
  );

  it.each(refused.map(([query, code]) => [titled('1.7 refused', `?${query}`), query, code] as const))(
    '%s',
    async (_title, query, code) => {
      const { status, json } = await list(query);
      expect([status, json.error]).toEqual([400, code]);
    },
  );

  it(titled('1.7 filters', 'ids, in any case and several'), async () => {
    const [alpha, gamma] = [ids.get('alpha')!, ids.get('gamma')!];
    expect(namesOf((await list(`id=${alpha.toUpperCase()}`)).json.images)).toEqual(['alpha']);
    expect(namesOf((await list(`id=in:${alpha},${gamma}`)).json.images).sort()).toEqual(['alpha', 'gamma']);
  });

  it(titled('1.7 filters', 'the owner'), async () => {
    const { json } = await list(`owner=${everyone['neighbour']!.projectId}`);
    expect(namesOf(json.images)).toEqual(['accepted']);
  });

  it(titled('1.7 visibility', 'an admin sees every project’s, but community ones only when asked'), async () => {
    const names = async (query: string) =>
      namesOf((await everyone['admin']!.client.call('GET', `/v2/images?${query}`)).json.images).sort();
    const owner = `owner=${everyone['neighbour']!.projectId}&limit=1000`;
    expect(await names(owner)).toEqual(['accepted', 'foreign-private', 'pending', 'rejected']);
    expect(await names(`${owner}&visibility=community`)).toEqual(['foreign-community']);
  });

  it(titled('1.7 paging', 'the body names its schema and its first page'), async () => {
    const { json } = await list('name=alpha');
    expect(json).toMatchObject({ schema: '/v2/schemas/images', first: '/v2/images?name=alpha' });
    expect(json).not.toHaveProperty('next');
  });

  it.each([
    'sort=name:asc',
    'sort=name:desc',
    'sort=created_at:desc',
    'sort=id:asc',
    'sort=size:asc',
    'sort=status:asc,name:asc',
  ])(`${titled('1.7 paging', 'pages of one make the whole list, in order:')} %s`, async (sort) => {
    const mine = `owner=${lister.projectId}&${sort}`;
    const whole = namesOf((await list(`${mine}&limit=1000`)).json.images);
    const paged: string[] = [];
    let path: string | undefined = `/v2/images?${mine}&limit=1`;
    for (let pages = 0; path !== undefined && pages < 20; pages += 1) {
      const { json } = (await lister.client.call('GET', path)) as { json: any };
      paged.push(...namesOf(json.images));
      path = json.next;
    }
    expect(whole).toHaveLength(4);
    expect(paged).toEqual(whole);
  });

  it.each(['tag=x&tag=y', 'sort_key=status&sort_key=name&sort_dir=asc&sort_dir=desc', 'status=in:active,queued'])(
    `${titled('1.7 paging', 'links keep every parameter:')} %s`,
    async (query) => {
      const { json } = await list(`${query}&limit=1`);
      const kept = (link: string) => [...new URL(link, 'http://x').searchParams].filter(([key]) => key !== 'marker');
      expect(kept(json.first)).toEqual([...new URLSearchParams(`${query}&limit=1`)]);
      if (json.next) expect(kept(json.next)).toEqual(kept(json.first));
    },
  );

  it(titled('1.7 paging', 'a marker that was deleted meanwhile still positions'), async () => {
    const query = `owner=${lister.projectId}&sort=name:asc`;
    const id = await makeImage(lister, { data: true, fields: { name: 'beside-delta' } });
    await lister.client.call('DELETE', `/v2/images/${id}`);
    const { json } = await list(`${query}&marker=${id}`);
    expect(namesOf(json.images)).toEqual(['delta', 'gamma']);
  });

  it(titled('1.7 paging', 'a marker that one can not see is unknown'), async () => {
    const { status, json } = await list(`marker=${ids.get('foreign-private')}`);
    expect([status, json.error]).toEqual([400, 'invalid-marker']);
  });
});
