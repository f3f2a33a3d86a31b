import type { ImageEvent } from '@cloud-images/contracts';
import { imageAggregate } from '@cloud-images/image-model';
import {
  activated,
  created,
  deactivated,
  killed,
  purged,
  scheduled,
  uploaded,
  uploadStarted,
} from '../image/testing/given.js';
import { readModelTables } from './create-read-model.js';
import { imagesProjection } from './images.projection.js';
import {
  createReadModelDatabase,
  memberFacts,
  recorded,
  TestImage,
  type ReadModelDatabase,
} from './testing/read-model-database.js';

const ID = '9C1F3F0E-8d2a-4c3b-9a55-0d1f5a0b7e11';
const id = { image_id: ID };
const attributes: ImageEvent[] = [
  { type: 'ImageRenamed', data: { ...id, from: 'debian', to: null } },
  { type: 'ImageTagged', data: { ...id, tag: 'z' } },
  { type: 'ImageTagged', data: { ...id, tag: 'a' } },
  { type: 'ImageUntagged', data: { ...id, tag: 'z' } },
  { type: 'ImagePropertySet', data: { ...id, name: '__proto__', from: null, to: 'x' } },
  { type: 'ImagePropertySet', data: { ...id, name: 'os_distro', from: null, to: 'debian' } },
  { type: 'ImagePropertySet', data: { ...id, name: 'long', from: null, to: 'y'.repeat(70_000) } },
  { type: 'ImagePropertyRemoved', data: { ...id, name: 'os_distro', from: 'debian', to: null } },
];
const visibility = (from: string, to: string): ImageEvent =>
  ({ type: 'ImageVisibilityChanged', data: { ...id, from, to } }) as ImageEvent;
const hiding = (to: boolean): ImageEvent => ({ type: 'ImageHidingChanged', data: { ...id, from: !to, to } });
const restored: ImageEvent = { type: 'ImageRestored', data: { ...id, from: 'pending_delete', to: 'active' } };
const ownerChanged: ImageEvent = { type: 'ImageOwnerChanged', data: { ...id, from: 'project-of-owner', to: 'b' } };
const dataRemoved: ImageEvent = { type: 'ImageDataRemoved', data: { ...id, key: 'k', size: 10 } };

describe('the images projection', () => {
  let database: ReadModelDatabase;
  beforeAll(async () => {
    database = await createReadModelDatabase();
  });
  afterAll(() => database.drop());
  const emptied = async () => {
    await database.pool.query(`TRUNCATE ${Object.keys(readModelTables).join(', ')}`);
  };
  beforeEach(emptied);

  const rows = async () => {
    const tables = await Promise.all(
      Object.entries(readModelTables).map(async ([table, key]) => {
        const found = await database.pool.query(`SELECT t::text AS row FROM ${table} t ORDER BY ${key.join(', ')}`);
        return [table, found.rows.map(({ row }) => row as string)] as const;
      }),
    );
    return Object.fromEntries(tables);
  };
  const principals = async () => {
    const found = await database.pool.query('SELECT principal, os_hidden FROM visible_images ORDER BY 1');
    return found.rows.map(({ principal, os_hidden }) => `${principal}${os_hidden ? ' hidden' : ''}`);
  };

  const fill = async (streams: Parameters<typeof imagesProjection.fill>[1]) => {
    await database.pool.query('ALTER TABLE images DISABLE TRIGGER USER');
    await database.transaction((sql) => imagesProjection.fill(sql, streams));
    await database.pool.query('ALTER TABLE images ENABLE TRIGGER USER');
  };

  const histories: [string, ImageEvent[]][] = [
    ['attributes that change', [created({ image_id: ID, tags: ['x', 'x2'] }), ...attributes]],
    ['an upload', [created({ image_id: ID }), ...uploaded(), deactivated()]],
    ['an upload that lost its data', [created({ image_id: ID }), uploadStarted(), killed()]],
    [
      'visibility back and forth',
      [created({ image_id: ID }), visibility('shared', 'public'), visibility('public', 'shared')],
    ],
    ['hidden and shown', [created({ image_id: ID }), hiding(true), visibility('shared', 'community'), hiding(false)]],
    ['another owner', [created({ image_id: ID, visibility: 'public' }), ownerChanged]],
    ['deleted and restored', [created({ image_id: ID, tags: ['a'] }), ...uploaded(), scheduled(), restored]],
    ['deleted for good', [created({ image_id: ID, tags: ['a'] }), ...uploaded(), scheduled(), purged(), dataRemoved]],
  ];

  it.each(histories)('given %s, then the rows are those of one fold', async (_says, events) => {
    const shared = memberFacts(ID, 'm', 'accepted');
    const stepwise = new TestImage(database, ID);
    for (const [i, event] of events.entries()) {
      await stepwise.facts([event], i);
      const member = shared[i];
      if (member) await stepwise.member(member);
    }
    const live = await rows();
    expect(live['images']).toHaveLength(1);

    // The log keeps properties as jsonb, in an order of its own.
    const read = JSON.parse(JSON.stringify(events), (_key, value: unknown) =>
      value !== null && typeof value === 'object' && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).reverse())
        : value,
    ) as ImageEvent[];
    // One change for all events, each with the time that it had.
    const change = changeOf(read);
    const atOnce = new TestImage(database, ID);
    const members = async () => {
      for (const member of shared.slice(0, events.length)) await atOnce.member(member);
    };
    await emptied();
    await members();
    await database.transaction((sql) => imagesProjection.apply(sql, change));
    expect(await rows()).toEqual(live);

    await emptied();
    await fill([{ ...change, state: change.after }]);
    await members();
    expect(await rows()).toEqual(live);
  });

  it('fills the rows of many images at once, whatever became of each', async () => {
    const images: TestImage[] = [];
    const odd = created({ image_id: ID, name: 'a\\\n"b,{}', owner: 'NULL' });
    for (const [, events] of [...histories, ['odd texts', [odd]] as const]) {
      const image = new TestImage(database);
      const own = JSON.parse(JSON.stringify(events).replaceAll(ID, image.id)) as ImageEvent[];
      for (const [i, event] of own.entries()) await image.facts([event], i);
      images.push(image);
    }
    const live = await rows();
    await emptied();
    await fill(images.map(({ id: image, state, version }) => ({ stream: `image-${image}`, state, version })));
    expect(await rows()).toEqual(live);
    expect(live['images']).toHaveLength(histories.length + 1);
  });

  it.each<[string, ImageEvent[], string[]]>([
    ['a private image', [created({ visibility: 'private' })], ['operator', 'owner:project-of-owner']],
    ['a public image', [created({ visibility: 'public' })], ['operator', 'owner:project-of-owner', 'public']],
    ['a community image', [created({ visibility: 'community' })], ['community', 'owner:project-of-owner']],
    ['a hidden image', [created({ os_hidden: true })], ['operator hidden', 'owner:project-of-owner hidden']],
    ['an image without owner', [created({ owner: null })], ['operator']],
    ['a killed image', [created(), uploadStarted(), killed()], []],
    ['a deleted image', [created(), ...uploaded(), scheduled()], ['removed', 'removed:project-of-owner']],
  ])('puts %s into the lists it belongs to', async (_says, events, expected) => {
    const image = new TestImage(database);
    for (const event of events) await image.facts([event]);
    expect(await principals()).toEqual(expected);
  });

  it('shows an image to its members only while it is shared and lives', async () => {
    const image = new TestImage(database, ID);
    await image.facts([created({ image_id: ID })]);
    for (const event of memberFacts(ID, 'm', 'accepted')) await image.member(event);
    await image.member(memberFacts(ID, 'n', 'pending')[0]!);
    const withMembers = ['operator', 'owner:project-of-owner', 'share:m:accepted', 'share:n:pending'];
    expect(await principals()).toEqual(withMembers);
    await image.facts([visibility('shared', 'private')]);
    expect(await principals()).toEqual(['operator', 'owner:project-of-owner']);
    await image.facts([visibility('private', 'shared')]);
    expect(await principals()).toEqual(withMembers);
    await image.facts([hiding(true)]);
    expect(await principals()).toEqual(withMembers.map((principal) => `${principal} hidden`));
    await image.facts([hiding(false), uploadStarted(), activated(), scheduled()]);
    expect(await principals()).toEqual(['removed', 'removed:project-of-owner']);
    await image.member({
      type: 'MemberRemoved',
      data: { image_id: ID.toLowerCase(), member_id: 'm', from: 'accepted', to: null },
    });
    await image.facts([restored]);
    expect(await principals()).toEqual(['operator', 'owner:project-of-owner', 'share:n:pending']);
  });

  it('keeps facts about an image that is not known yet, and gives them no row until it is', async () => {
    const image = new TestImage(database, ID);
    for (const event of memberFacts(ID, 'm', 'accepted')) await image.member(event);
    expect(await principals()).toEqual([]);
    await image.facts([created({ image_id: ID })]);
    expect(await principals()).toContain('share:m:accepted');
  });

  it('given an answer and a change of visibility at once, then whichever is second sees the first', async () => {
    for (let round = 0; round < 20; round += 1) {
      const image = new TestImage(database);
      await image.facts([created({ image_id: image.id })]);
      await image.facts([visibility('shared', 'private')]);
      const [added] = memberFacts(image.id, 'm', 'pending');
      await Promise.all([image.facts([visibility('private', 'shared')]), image.member(added!)]);
      const found = await database.pool.query(
        "SELECT 1 FROM visible_images WHERE id = $1 AND principal = 'share:m:pending'",
        [image.id],
      );
      expect(found.rowCount).toBe(1);
      await Promise.all([
        image.facts([visibility('shared', 'private')]),
        image.member({
          type: 'MemberAccepted',
          data: { image_id: image.id, member_id: 'm', from: 'pending', to: 'accepted' },
        }),
      ]);
      const left = await database.pool.query(
        "SELECT 1 FROM visible_images WHERE id = $1 AND principal LIKE 'share:%'",
        [image.id],
      );
      expect(left.rowCount).toBe(0);
    }
  });

  function changeOf(events: ImageEvent[]): Parameters<typeof imagesProjection.apply>[1] {
    const stream = `image-${ID.toLowerCase()}`;
    const all = events.map((event, i) => recorded(event, stream, i + 1, i));
    const after = all.reduce(imageAggregate.evolve, imageAggregate.initial);
    return { stream, events: all, before: imageAggregate.initial, after, version: events.length };
  }
});
