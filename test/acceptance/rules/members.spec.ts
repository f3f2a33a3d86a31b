// Section 1.3 and the sharing rules of the concepts: who sees which members, who may change what, what it leads to.
import { makeImage, share } from '../images.ts';
import { people, type Person } from '../service.ts';
import { check, titled, type Row } from './row.ts';

const members = '/v2/images/{id}/members';
const post = (says: string, on: string, body: object, status: number, code: string, as = 'demo'): Row => ({
  rule: '1.3 add member',
  says,
  as,
  on,
  method: 'POST',
  path: members,
  call: { body },
  status,
  code,
});

const rows: Row[] = [
  ...(
    [
      ['no member', {}],
      ['an empty member', { member: '' }],
      ['a number', { member: 7 }],
      ['null', { member: null }],
      ['a list', { member: ['x'] }],
      ['over 255', { member: 'x'.repeat(256) }],
    ] as const
  ).map(([says, body]) => post(says, 'shared', body, 400, 'invalid-body')),
  post('a list as body', 'shared', [], 400, 'invalid-body'),
  ...['private', 'community', 'public'].map((on) =>
    post(`to a ${on} image`, on, { member: 'x' }, 403, 'not-shared', on === 'public' ? 'admin' : 'demo'),
  ),
  post('twice', 'shared', { member: '{project:alt}' }, 409, 'member-exists'),
  post('as a member', 'shared', { member: 'x' }, 403, 'forbidden', 'alt'),
  post('as a stranger', 'shared', { member: 'x' }, 404, 'not-found', 'neighbour'),
  post('as reader', 'shared', { member: 'x' }, 403, 'forbidden', 'reader'),
  ...['private', 'community'].map((on): Row => ({
    rule: '1.3 list members',
    says: `of a ${on} image: 403`,
    on,
    method: 'GET',
    path: members,
    status: 403,
    code: 'not-shared',
  })),
  {
    rule: '1.3 list members',
    says: 'a stranger: 404',
    as: 'neighbour',
    on: 'shared',
    method: 'GET',
    path: members,
    status: 404,
  },
  {
    rule: '1.3 list members',
    says: 'the owner sees them all',
    on: 'shared',
    method: 'GET',
    path: members,
    status: 200,
    json: (json) => {
      expect(json.schema).toBe('/v2/schemas/members');
      expect(json.members).toHaveLength(2);
    },
  },
  {
    rule: '1.3 list members',
    says: 'a reader of the owner’s project sees them all',
    as: 'reader',
    on: 'shared',
    method: 'GET',
    path: members,
    status: 200,
    json: (json) => expect(json.members).toHaveLength(2),
  },
  {
    rule: '1.3 list members',
    says: 'a member sees itself only',
    as: 'alt',
    on: 'shared',
    method: 'GET',
    path: members,
    status: 200,
    json: { members: [{ member_id: '{project:alt}' }] },
  },
  {
    rule: '1.3 list members',
    says: 'one member, as its owner',
    on: 'shared',
    method: 'GET',
    path: `${members}/{project:alt}`,
    status: 200,
    json: { member_id: '{project:alt}', image_id: '{id}', status: 'pending', schema: '/v2/schemas/member' },
  },
  {
    rule: '1.3 list members',
    says: 'a member sees no other one',
    as: 'alt',
    on: 'shared',
    method: 'GET',
    path: `${members}/{project:lister}`,
    status: 404,
  },
  {
    rule: '1.3 list members',
    says: 'one that is none: 404',
    on: 'shared',
    method: 'GET',
    path: `${members}/nobody`,
    status: 404,
  },
  ...[{}, { status: 'maybe' }, { status: null }, { status: ['accepted'] }].map((body): Row => ({
    rule: '1.3 answer',
    says: `${JSON.stringify(body)} is no answer`,
    as: 'alt',
    on: 'shared',
    method: 'PUT',
    path: `${members}/{project:alt}`,
    call: { body },
    status: 400,
    code: 'invalid-body',
  })),
  ...(
    [
      ['the owner does not answer for a member', 'demo', 403],
      ['a stranger is not told', 'neighbour', 404],
      ['another member is not told', 'lister', 404],
    ] as const
  ).map(([says, as, status]): Row => ({
    rule: '1.3 answer',
    says,
    as,
    on: 'shared',
    method: 'PUT',
    path: `${members}/{project:alt}`,
    call: { body: { status: 'accepted' } },
    status,
  })),
  ...(
    [
      ['by the member itself', 'alt', 403],
      ['by a stranger', 'neighbour', 404],
      ['by cloudImages:creator', 'creator', 403],
      ['by a reader', 'reader', 403],
    ] as const
  ).map(([says, as, status]): Row => ({
    rule: '1.3 remove member',
    says: `${says}: ${status}`,
    as,
    on: 'shared',
    method: 'DELETE',
    path: `${members}/{project:alt}`,
    status,
  })),
  {
    rule: '1.3 remove member',
    says: 'one that is none: 404',
    on: 'shared',
    method: 'DELETE',
    path: `${members}/nobody`,
    status: 404,
  },
  {
    rule: '1.3 tags',
    says: 'put, and put again',
    on: 'shared',
    method: 'PUT',
    path: '/v2/images/{id}/tags/a%20b%2Fc',
    status: 204,
  },
  {
    rule: '1.3 tags',
    says: 'the tag is there once',
    on: 'tagged',
    method: 'GET',
    path: '/v2/images/{id}',
    status: 200,
    json: (json) => expect(json.tags).toEqual(['t']),
  },
  {
    rule: '1.3 tags',
    says: 'one that is absent can not be removed',
    on: 'tagged',
    method: 'DELETE',
    path: '/v2/images/{id}/tags/absent',
    status: 404,
    code: 'not-found',
  },
  {
    rule: '1.3 tags',
    says: 'a tag over 255',
    on: 'tagged',
    method: 'PUT',
    path: `/v2/images/{id}/tags/${'x'.repeat(256)}`,
    status: 400,
    code: 'schema-violation',
  },
  {
    rule: '1.3 tags',
    says: 'as a member of the image',
    as: 'alt',
    on: 'shared',
    method: 'PUT',
    path: '/v2/images/{id}/tags/t',
    status: 403,
    code: 'forbidden',
  },
  {
    rule: '1.3 tags',
    says: 'cloudImages:creator adds and does not remove',
    as: 'creator',
    on: 'tagged',
    method: 'DELETE',
    path: '/v2/images/{id}/tags/t',
    status: 403,
    code: 'forbidden',
  },
];

describe('members and tags', () => {
  let everyone: Record<string, Person>;
  let images: Record<string, string>;

  beforeAll(async () => {
    everyone = await people({
      demo: 'demo',
      alt: 'alt',
      admin: 'admin',
      reader: 'demo',
      creator: 'demo',
      lister: 'lists',
      neighbour: 'lists-neighbour',
    });
    const { demo, alt, admin, lister } = everyone as Record<string, Person>;
    const of = (visibility: string, owner = demo!) => makeImage(owner, { data: true, fields: { visibility } });
    images = {
      shared: await of('shared'),
      private: await of('private'),
      community: await of('community'),
      public: await of('public', admin),
      tagged: await makeImage(demo!),
    };
    await share(images['shared']!, demo!, alt!);
    await share(images['shared']!, demo!, lister!);
    for (let times = 0; times < 2; times += 1) {
      await demo!.client.call('PUT', `/v2/images/${images['tagged']}/tags/t`);
    }
  });
  afterAll(() => Promise.all(Object.values(everyone).map(({ client }) => client.close())));

  it.each(rows.map((row) => [titled(row.rule, row.says), row] as const))('%s', (_title, row) =>
    check(row, { people: everyone, images }),
  );

  const person = (name: string) => everyone[name] as Person;
  const sees = async (id: string) => (await person('alt').client.call('GET', `/v2/images/${id}`)).status;
  const reads = async (id: string) => (await person('alt').client.call('GET', `/v2/images/${id}/file`)).status;
  const lists = async (id: string, query = '') =>
    (await person('alt').client.call('GET', `/v2/images?id=${id}${query}`)).json.images.length as number;
  const answer = (id: string, status: string) =>
    person('alt').client.call('PUT', `/v2/images/${id}/members/${person('alt').projectId}`, { body: { status } });

  it(titled('1.3 add member', 'the answer is the pending member, with 200'), async () => {
    const id = await makeImage(person('demo'));
    const { status, json } = await person('demo').client.call('POST', `/v2/images/${id}/members`, {
      body: { member: 'somebody', status: 'accepted' },
    });
    expect(status).toBe(200);
    expect(json).toEqual({
      member_id: 'somebody',
      image_id: id,
      status: 'pending',
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      updated_at: json.created_at,
      schema: '/v2/schemas/member',
    });
  });

  it(titled('1.3 answer', 'any status may follow any other'), async () => {
    const id = await makeImage(person('demo'), { data: true });
    await share(id, person('demo'), person('alt'));
    for (const status of ['accepted', 'rejected', 'pending', 'rejected', 'accepted', 'accepted', 'pending']) {
      const { status: code, json } = await answer(id, status);
      expect([code, json.status]).toEqual([200, status]);
    }
  });

  it.each([
    ['pending', 0],
    ['accepted', 1],
    ['rejected', 0],
  ] as const)(
    `${titled('1.3 member effect', 'sees and reads by id, and lists by its answer:')} %s`,
    async (status, n) => {
      const id = await makeImage(person('demo'), { data: true });
      await share(id, person('demo'), person('alt'));
      await answer(id, status);
      expect([await sees(id), await reads(id), await lists(id)]).toEqual([200, 200, n]);
      expect(await lists(id, `&visibility=shared&member_status=${status}`)).toBe(1);
      expect(await lists(id, '&visibility=shared&member_status=all')).toBe(1);
    },
  );

  it(titled('1.3 member effect', 'removed: gone at once, from the list too'), async () => {
    const id = await makeImage(person('demo'), { data: true });
    await share(id, person('demo'), person('alt'), 'accepted');
    const path = `/v2/images/${id}/members/${person('alt').projectId}`;
    expect((await person('demo').client.call('DELETE', path)).status).toBe(204);
    expect([await sees(id), await reads(id), await lists(id)]).toEqual([404, 404, 0]);
  });

  it(titled('1.3 member effect', 'a member that comes back is the old one, pending'), async () => {
    const id = await makeImage(person('demo'));
    await share(id, person('demo'), person('alt'), 'accepted');
    const path = `/v2/images/${id}/members`;
    const first = (await person('demo').client.call('GET', path)).json.members[0];
    await person('demo').client.call('DELETE', `${path}/${person('alt').projectId}`);
    const again = await person('demo').client.call('POST', path, { body: { member: person('alt').projectId } });
    expect(again.json).toMatchObject({ status: 'pending', created_at: first.created_at });
  });

  it(titled('1.3 member effect', 'private keeps the members inert; shared again revives them'), async () => {
    const id = await makeImage(person('demo'), { data: true });
    await share(id, person('demo'), person('alt'), 'accepted');
    const visibility = (value: string) =>
      person('demo').client.patch(id, [{ op: 'replace', path: '/visibility', value }]);
    await visibility('private');
    expect([await sees(id), await lists(id)]).toEqual([404, 0]);
    await visibility('shared');
    expect([await sees(id), await lists(id)]).toEqual([200, 1]);
  });

  it(titled('1.3 member effect', 'a restored image has its members again'), async () => {
    const id = await makeImage(person('demo'), { data: true });
    await share(id, person('demo'), person('alt'), 'accepted');
    await person('demo').client.call('DELETE', `/v2/images/${id}`);
    expect(await sees(id)).toBe(404);
    await person('demo').client.call('POST', `/v2/images/${id}/actions/restore`);
    expect([await sees(id), await lists(id)]).toEqual([200, 1]);
  });

  it(
    titled('1.3 add member', '128 members, and not one more'),
    async () => {
      const id = await makeImage(person('demo'));
      const add = (n: number) =>
        person('demo').client.call('POST', `/v2/images/${id}/members`, { body: { member: `m${n}` } });
      for (let n = 0; n < 128; n += 1) expect((await add(n)).status).toBe(200);
      const { status, json } = await add(128);
      expect([status, json.error]).toEqual([413, 'limit-exceeded']);
      expect(json.message).toMatch(/128/);
    },
    60_000,
  );
});
