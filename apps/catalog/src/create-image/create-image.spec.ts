import { createHash } from 'node:crypto';
import type { Identity } from '@cloud-images/contracts';
import {
  admin,
  created,
  ID,
  imageAfter,
  noImage,
  OWNER,
  owner,
  purged,
  refusal,
  rules,
  scheduled,
  uploaded,
  user,
} from '../image/testing/given.js';
import { createImage } from './create-image.js';
import { newImage } from './new-image.js';

const create = (document: Record<string, unknown>, author: Identity = owner, state = noImage) => {
  const image = newImage(document, author, rules);
  return createImage({ image, id: image.id ?? ID }, state);
};

describe('creating an image', () => {
  it('given nothing but an empty document, then it is queued, shared, and owned by the project of its creator', () => {
    expect(create({})).toEqual([
      created({ name: null, container_format: null, disk_format: null, visibility: 'shared', owner: OWNER }),
    ]);
  });

  it('keeps what it was given, the id as spelled, tags once, every other name as a property', () => {
    const document = JSON.parse(`{"id":"${ID}","name":"é","visibility":"community","protected":true,"os_hidden":true,
      "container_format":"ovf","disk_format":"vhd","min_disk":1,"min_ram":2147483647,"tags":["b","a","b"],
      "os_distro":"debian","__proto__":"x","org.openstack__1__a":""}`) as Record<string, unknown>;
    const [event] = create(document);
    expect(event).toEqual(
      created({
        image_id: ID,
        name: 'é',
        visibility: 'community',
        protected: true,
        os_hidden: true,
        container_format: 'ovf',
        disk_format: 'vhd',
        min_disk: 1,
        min_ram: 2147483647,
        tags: ['b', 'a'],
        properties: JSON.parse('{"os_distro":"debian","__proto__":"x","org.openstack__1__a":""}'),
      }),
    );
    expect(Object.keys((event?.data as { properties: object }).properties)).toContain('__proto__');
  });

  it('given size 0 and both formats, then it is active at once with the digests of nothing', () => {
    const events = create({ size: 0, container_format: 'bare', disk_format: 'raw' });
    expect(events.map(({ type }) => type)).toEqual(['ImageCreated', 'ImageActivated']);
    expect(events[1]?.data).toMatchObject({
      size: 0,
      key: null,
      attempt: null,
      checksum: createHash('md5').digest('hex'),
      os_hash_value: createHash('sha512').digest('hex'),
    });
  });

  it.each([[{}], [{ disk_format: 'raw' }], [{ container_format: 'bare' }]])(
    'given size 0 and %j, then the formats are missing',
    (formats) => {
      expect(() => create({ size: 0, ...formats })).toThrow(refusal('formats-required'));
    },
  );

  it('given an id that is taken, also by an image that is gone for ever, then it is refused', () => {
    for (const state of [imageAfter(created()), imageAfter(created(), ...uploaded(), scheduled(), purged())]) {
      expect(() => create({ id: ID }, owner, state)).toThrow(refusal('id-taken'));
    }
  });

  it('lets an admin publish an image and give it to any project, or to none', () => {
    const [event] = create({ visibility: 'public', owner: 'other' }, admin);
    expect(event?.data).toMatchObject({ visibility: 'public', owner: 'other' });
    expect(create({ owner: null }, admin)[0]?.data).toMatchObject({ owner: null });
    expect(create({}, user(['admin'], null))[0]?.data).toMatchObject({ owner: null });
  });

  it('takes the creator’s own project as owner from anyone', () => {
    expect(create({ owner: OWNER })[0]?.data).toMatchObject({ owner: OWNER });
  });

  it('drops digests that a client copied from another image', () => {
    const [event] = create({ os_hash_algo: 'sha512', os_hash_value: 'x' });
    expect(event).toEqual(create({})[0]);
  });

  it.each<[string, Record<string, unknown>, Identity]>([
    ['a reader', {}, user(['reader'])],
    ['no role of ours', {}, user(['other'])],
    ['another project as owner', { owner: 'other' }, owner],
    ['no owner', { owner: null }, owner],
    ['public as an ordinary user', { visibility: 'public' }, owner],
    ['no project', {}, user(['member'], null)],
  ])('given %s, then it is forbidden', (_case, document, author) => {
    expect(() => create(document, author)).toThrow(refusal('forbidden'));
  });

  it.each([
    'status',
    'checksum',
    'virtual_size',
    'created_at',
    'updated_at',
    'self',
    'file',
    'schema',
    'direct_url',
    'locations',
  ])('given %s, then it is read-only', (name) => {
    expect(() => create({ [name]: 'x' })).toThrow(refusal('read-only-attribute'));
  });

  it.each([5, -1, '0', null])('given %j as size, then it is read-only', (size) => {
    expect(() => create({ size })).toThrow(refusal('read-only-attribute'));
  });

  it.each(['location', 'deleted', 'deleted_at', 'os_glance_x', 'com.rackspace__1__x'])(
    'given %s, then it is reserved',
    (name) => {
      expect(() => create({ [name]: 'x' })).toThrow(refusal('reserved-attribute'));
    },
  );

  it.each([
    { id: 'x' },
    { id: null },
    { name: 'x'.repeat(256) },
    { name: 'a\u{1F4BF}' },
    { visibility: 'everyone' },
    { disk_format: 'floppy' },
    { min_disk: -1 },
    { protected: 'true' },
    { tags: ['x'.repeat(256)] },
    { note: 1 },
    { note: null },
    { ['x'.repeat(256)]: 'x' },
    { os_distro: 'Debian' },
  ])('given %j, then the schema refuses it', (document) => {
    expect(() => create(document)).toThrow(refusal('schema-violation'));
  });

  const texts = (n: number) => Array.from({ length: n }, (_, i) => `t${i}`);
  const properties = (n: number) => Object.fromEntries(texts(n).map((name) => [name, 'x']));

  it('takes 128 tags and 128 properties, and not one more', () => {
    expect(create({ tags: [...texts(128), 't0'], ...properties(128) })).toHaveLength(1);
    expect(() => create({ tags: texts(129) })).toThrow(refusal('limit-exceeded'));
    expect(() => create(properties(129))).toThrow(refusal('limit-exceeded'));
  });
});
