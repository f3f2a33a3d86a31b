import type { Identity, ImageEvent } from '@cloud-images/contracts';
import { accessCases } from '../../../../libs/image-model/src/testing/access.cases.js';
import { created, deactivated, killed, scheduled, uploaded, uploadStarted, user } from '../image/testing/given.js';
import { readModelTables } from '../read-model/create-read-model.js';
import {
  createReadModelDatabase,
  memberFacts,
  TestImage,
  type ReadModelDatabase,
} from '../read-model/testing/read-model-database.js';
import { listImages } from './list-images.query.js';
import { parseListQuery } from './list-query.js';

const ME = 'me';
const me = user(['member'], ME);
const operator = user(['admin'], 'operators');

describe('lists of images', () => {
  let database: ReadModelDatabase;
  beforeAll(async () => {
    database = await createReadModelDatabase();
  });
  afterAll(() => database.drop());
  beforeEach(async () => {
    await database.pool.query(`TRUNCATE ${Object.keys(readModelTables).join(', ')}`);
  });

  const list = async (search: string, identity: Identity = me) => {
    const page = await listImages(database.sql, identity, parseListQuery(search), { nullAttributes: 'omit' });
    return JSON.parse(`[${page.documents}]`) as Record<string, unknown>[];
  };
  const ids = async (search: string, identity: Identity = me) => (await list(search, identity)).map(({ id }) => id);
  const names = async (search: string, identity: Identity = me) =>
    (await list(search, identity)).map(({ name }) => name ?? null);

  /** An image of `me` whose creation is `at` microseconds later than the first. */
  const make = async (data: Parameters<typeof created>[0] = {}, at = 0, ...more: ImageEvent[]): Promise<string> => {
    const image = new TestImage(database);
    await image.facts([created({ image_id: image.id, owner: ME, ...data })], at);
    for (const event of more) await image.facts([event], at);
    return image.id;
  };

  describe('who sees what', () => {
    it.each(accessCases.map((row) => [row.says, row] as const))('%s', async (_says, row) => {
      const image = new TestImage(database);
      await image.facts([created({ image_id: image.id, ...row.image })]);
      if (row.member) for (const event of memberFacts(image.id, 'a', row.member)) await image.member(event);
      const caller = user([row.caller.operator ? 'admin' : 'member'], row.caller.project);
      const all = 'visibility=all&member_status=all';
      expect(await ids('', caller)).toEqual(row.listed ? [image.id] : []);
      expect(await ids(all, caller)).toEqual(row.listedWithAll ? [image.id] : []);
      // The same question on every path that can answer it.
      for (const path of [
        'name=debian',
        'min_ram=0',
        'sort=name',
        'sort=size',
        'sort=updated_at:asc',
        `id=${image.id}`,
      ]) {
        expect([path, await ids(path, caller)]).toEqual([path, row.listed ? [image.id] : []]);
        expect([path, await ids(`${all}&${path}`, caller)]).toEqual([path, row.listedWithAll ? [image.id] : []]);
      }
      const { visibility } = row.image;
      const asked = await ids(`visibility=${visibility}&member_status=all`, caller);
      expect(asked).toEqual(row.listedWithAll ? [image.id] : []);
      for (const other of ['public', 'private', 'shared', 'community'].filter((one) => one !== visibility)) {
        expect(await ids(`visibility=${other}&member_status=all`, caller)).toEqual([]);
      }
      // A marker is what one sees by id.
      const marker = ids(`marker=${image.id}`, caller);
      if (row.relation === null) await expect(marker).rejects.toMatchObject({ code: 'invalid-marker' });
      else expect(await marker).toEqual([]);
    });
  });

  it('filters shares by the answer, and leaves own and public images alone', async () => {
    const image = new TestImage(database);
    await image.facts([created({ image_id: image.id, owner: 'b' })]);
    for (const event of memberFacts(image.id, ME, 'rejected')) await image.member(event);
    const mine = await make({}, 1);
    expect(await ids('')).toEqual([mine]);
    expect(await ids('member_status=rejected')).toEqual([mine, image.id]);
    expect(await ids('visibility=shared&member_status=rejected')).toEqual([mine, image.id]);
    expect(await ids('visibility=shared&member_status=pending')).toEqual([mine]);
  });

  it('shows hidden images only when asked, killed ones never, deleted ones to their owner and an admin', async () => {
    const plain = await make({ visibility: 'public' });
    const hidden = await make({ visibility: 'public', os_hidden: true }, 1);
    await make({}, 2, uploadStarted(), killed());
    const deleted = await make({ visibility: 'public' }, 3, ...uploaded(), scheduled());
    const stranger = user(['member'], 'stranger');
    for (const caller of [me, operator, stranger]) {
      expect(await ids('', caller)).toEqual([plain]);
      expect(await ids('os_hidden=true', caller)).toEqual([hidden]);
      expect(await ids('status=killed', caller)).toEqual([]);
      expect(await ids(`marker=${deleted}`, caller)).toEqual([plain]);
      expect(await ids('status=pending_delete', caller)).toEqual(caller === stranger ? [] : [deleted]);
      expect(await ids('status=deleted', caller)).toEqual([]);
      expect(await ids('status=in:queued,pending_delete', caller)).toEqual(
        caller === stranger ? [plain] : [deleted, plain],
      );
      expect(await ids('status=pending_delete&sort=name', caller)).toEqual(caller === stranger ? [] : [deleted]);
      expect(await ids('status=pending_delete&name=debian', caller)).toEqual(caller === stranger ? [] : [deleted]);
    }
  });

  it.each<[string, string[]]>([
    ['name=a', ['a']],
    ['name=in:a,"b,c"', ['b,c', 'a']],
    ['name=in:', []],
    ['name=A', []],
    ['status=active', ['full']],
    ['status=in:active,queued&name=full', ['full']],
    ['disk_format=qcow2', ['a']],
    ['container_format=in:ovf,bare&disk_format=qcow2', ['a']],
    ['min_ram=512', ['a']],
    ['min_ram_min=512&min_ram_max=512', ['a']],
    ['min_disk_max=0', ['full', 'b,c']],
    ['size=10', ['full']],
    ['size_min=1', ['full']],
    ['size_max=99999999999999999999', ['full']],
    ['protected=true', ['a']],
    ['protected=false', ['full', 'b,c']],
    ['tag=red', ['b,c', 'a']],
    ['tag=red&tag=x%20y', ['a']],
    ['tag=red&tag=none', []],
    ['os_distro=debian', ['a']],
    ['os_distro=in:debian', []],
    ['__proto__=p', ['b,c']],
    ['checksum=cccccccccccccccccccccccccccccccc', ['full']],
    ['os_hash_algo=sha512', ['full']],
    ['tags=%5B%22red%22%5D', []],
    ['is_public=true', []],
    ['deleted=true', ['full', 'b,c', 'a']],
    ['owner=me', ['full', 'b,c', 'a']],
    ['owner=other', []],
    ['owner=me&owner=other', []],
    ['unknown=x', []],
    ['id=in:x', []],
    ['created_at=gte:2026-11-24T00:00:00Z', ['full', 'b,c', 'a']],
    ['created_at=2026-11-24T00:00:01Z', ['full', 'b,c']],
    ['created_at=neq:2026-11-24T00:00:01Z', ['a']],
    ['created_at=gt:2026-11-24T00:00:00Z&created_at=lt:2026-11-24T00:00:02Z', ['full', 'b,c']],
    ['updated_at=lt:2026-11-24T00:00:01Z', ['a']],
    ['updated_at=gte:2026-11-24T00:00:01Z', ['full', 'b,c']],
    ['created_at=2026-11-24T00:00:01.5Z', []],
  ])('filters by %s', async (search, expected) => {
    await make({
      name: 'a',
      disk_format: 'qcow2',
      container_format: 'ovf',
      min_ram: 512,
      min_disk: 1,
      protected: true,
      tags: ['red', 'x y'],
      properties: { os_distro: 'debian' },
    });
    await make({ name: 'b,c', tags: ['red'], properties: JSON.parse('{"__proto__":"p"}') }, 1_000_000);
    await make({ name: 'full' }, 1_999_999, ...uploaded());
    expect(await names(search)).toEqual(expected);
    expect(await names(`${search}&sort=created_at:asc`)).toEqual([...expected].reverse());
  });

  it.each<[string, (string | null)[]]>([
    ['', ['B', 'b', '', null, 'a', 'a']],
    ['sort=name:asc', [null, '', 'B', 'a', 'a', 'b']],
    ['sort=name:desc', ['b', 'a', 'a', 'B', '', null]],
    ['sort_key=min_ram', []],
    ['sort=size:asc,name:desc', ['b', 'B', '', null, 'a', 'a']],
    ['sort=size:desc,name:asc', ['a', 'a', null, '', 'B', 'b']],
    ['sort_key=status&sort_key=name&sort_dir=asc', ['a', 'a', null, '', 'B', 'b']],
    ['sort=updated_at:asc', ['a', 'a', null, '', 'b', 'B']],
    ['sort=created_at:asc,id:desc', ['a', 'a', null, '', 'b', 'B']],
    ['sort=disk_format:asc', ['b', 'a', 'a', null, '', 'B']],
  ])('sorts by %j, page by page alike', async (sort, expected) => {
    await make({ name: 'a' }, 0, ...uploaded());
    await make({ name: 'a' }, 1, ...uploaded());
    await make({ name: null }, 2);
    await make({ name: '' }, 3);
    await make({ name: 'b', disk_format: null }, 4);
    await make({ name: 'B' }, 5);
    if (expected.length === 0) {
      await expect(list(sort)).rejects.toMatchObject({ code: 'invalid-sort' });
      return;
    }
    const whole = await list(sort);
    expect(whole.map(({ name }) => name ?? null)).toEqual(expected);
    for (const limit of [1, 2, 4]) {
      const paged: unknown[] = [];
      for (let marker = ''; ;) {
        const page = await ids(`${sort}&limit=${limit}${marker}`);
        if (page.length === 0) break;
        paged.push(...page);
        marker = `&marker=${String(page.at(-1)).toUpperCase()}`;
      }
      expect(paged).toEqual(whole.map(({ id }) => id));
    }
  });

  it('orders images of one moment by id, newest first', async () => {
    const made = [await make(), await make(), await make()].sort();
    expect(await ids('')).toEqual([...made].reverse());
    expect(await ids('sort_dir=asc')).toEqual(made);
    expect(await ids(`marker=${made[1]}`)).toEqual([made[0]]);
  });

  it('gives nothing for limit 0, but still looks at the marker', async () => {
    const id = await make();
    expect(await ids('limit=0')).toEqual([]);
    expect(await ids(`limit=0&marker=${id}`)).toEqual([]);
    await expect(list('limit=0&marker=11111111-2222-4333-8444-555555555555')).rejects.toMatchObject({
      code: 'invalid-marker',
    });
  });

  it('shows unset attributes as null where the site wants that, on both paths', async () => {
    await make({ name: null });
    for (const search of ['', 'min_ram=0']) {
      const page = await listImages(database.sql, me, parseListQuery(search), { nullAttributes: 'null' });
      expect(JSON.parse(page.documents)).toMatchObject({ name: null, checksum: null, size: null });
    }
  });

  it('lists what a caller without project may see', async () => {
    const open = await make({ visibility: 'public' });
    await make({ owner: null, visibility: 'private' }, 1);
    const nowhere = user(['member'], null);
    expect(await ids('', nowhere)).toEqual([open]);
    expect(await ids('visibility=private', nowhere)).toEqual([]);
    expect(await ids('name=debian', nowhere)).toEqual([open]);
  });

  it('finds a deactivated image among its owner’s', async () => {
    const id = await make({}, 0, ...uploaded(), deactivated());
    expect(await ids('status=deactivated')).toEqual([id]);
  });
});
