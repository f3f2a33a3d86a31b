import type { Identity, ImageEvent } from '@cloud-images/contracts';
import type { Image } from '@cloud-images/image-model';
import {
  admin,
  created,
  evolved,
  ID,
  imageAfter,
  owner,
  refusal,
  rules,
  uploaded,
  uploadStarted,
} from '../image/testing/given.js';
import { patchOf, type Dialect } from './patch-document.js';
import { updateImage } from './update-image.js';

const note = { properties: { note: 'old' } };

const patch = (image: Image, operations: unknown[], identity: Identity = owner, dialect: Dialect = 'v2.1') =>
  updateImage({ patch: patchOf(operations, dialect), identity, rules }, image);
const replace = (name: string, value: unknown) => ({ op: 'replace', path: `/${name}`, value });
const add = (name: string, value: unknown) => ({ op: 'add', path: `/${name}`, value });
const remove = (name: string) => ({ op: 'remove', path: `/${name}` });
const fact = (type: string, data: object) => ({ type, data: { image_id: ID, ...data } }) as ImageEvent;

describe('changing an image', () => {
  it('records one fact for each attribute that differs, with from and to', () => {
    const operations = [
      replace('name', null),
      replace('visibility', 'private'),
      replace('protected', true),
      add('os_hidden', true),
      replace('container_format', 'ovf'),
      replace('disk_format', 'vhd'),
      replace('min_disk', 1),
      replace('min_ram', 2),
      replace('tags', ['b', 'b', 'a']),
    ];
    expect(patch(imageAfter(created({ tags: ['a', 'c'] })), operations)).toEqual([
      fact('ImageRenamed', { from: 'debian', to: null }),
      fact('ImageVisibilityChanged', { from: 'shared', to: 'private' }),
      fact('ImageProtectionChanged', { from: false, to: true }),
      fact('ImageHidingChanged', { from: false, to: true }),
      fact('ImageContainerFormatChanged', { from: 'bare', to: 'ovf' }),
      fact('ImageDiskFormatChanged', { from: 'raw', to: 'vhd' }),
      fact('ImageMinDiskChanged', { from: 0, to: 1 }),
      fact('ImageMinRamChanged', { from: 0, to: 2 }),
      fact('ImageUntagged', { tag: 'c' }),
      fact('ImageTagged', { tag: 'b' }),
    ]);
  });

  it('adds, overwrites, replaces and removes properties, whatever they are called', () => {
    const image = imageAfter(created({ properties: JSON.parse('{"note":"old","gone":"x","__proto__":"p"}') }));
    const operations = [add('note', 'new'), remove('gone'), replace('__proto__', 'q'), add('constructor', '')];
    expect(patch(image, operations)).toEqual([
      fact('ImagePropertyRemoved', { name: 'gone', from: 'x', to: null }),
      fact('ImagePropertySet', { name: 'note', from: 'old', to: 'new' }),
      fact('ImagePropertySet', { name: '__proto__', from: 'p', to: 'q' }),
      fact('ImagePropertySet', { name: 'constructor', from: null, to: '' }),
    ]);
  });

  it.each<[string, unknown[]]>([
    ['no operation', []],
    ['values that are there', [replace('name', 'debian'), add('note', 'old'), replace('tags', ['b', 'a'])]],
    ['back and forth', [replace('name', 'x'), add('a', 'x'), remove('a'), replace('name', 'debian')]],
  ])('given %s, then nothing happened', (_case, operations) => {
    expect(patch(imageAfter(created({ ...note, tags: ['a', 'b'] })), operations)).toEqual([]);
  });

  it('applies operations in their order', () => {
    const events = patch(imageAfter(created()), [add('a', '1'), replace('a', '2'), remove('a'), add('a', '3')]);
    expect(events).toEqual([fact('ImagePropertySet', { name: 'a', from: null, to: '3' })]);
    expect(() => patch(imageAfter(created()), [replace('a', '2'), add('a', '1')])).toThrow(
      refusal('property-conflict'),
    );
  });

  it('given a value that no image can have, then that is what is wrong, also where the property is not there', () => {
    for (const name of ['note', 'a', 'k'.repeat(256)]) {
      expect(() => patch(imageAfter(created(note)), [replace(name, {})])).toThrow(refusal('schema-violation'));
    }
    expect(() => patch(imageAfter(created()), [replace('k'.repeat(256), 'x')])).toThrow(refusal('schema-violation'));
  });

  it('ends as the working copy: the fold of the facts has what was asked for', () => {
    const image = imageAfter(created({ tags: ['a'] }));
    const after = evolved(image, patch(image, [replace('tags', ['z', 'a']), replace('name', 'n'), add('p', 'v')]));
    expect(after).toMatchObject({ name: 'n', tags: ['a', 'z'] });
    expect([...after.properties]).toEqual([['p', 'v']]);
  });

  it('lets an admin publish an image and give it away', () => {
    const events = patch(imageAfter(created()), [replace('visibility', 'public'), replace('owner', 'other')], admin);
    expect(events.map(({ type }) => type)).toEqual(['ImageVisibilityChanged', 'ImageOwnerChanged']);
  });

  it.each<[string, unknown[], string]>([
    ['remove of a base attribute', [remove('name')], 'forbidden'],
    ['owner by an ordinary user', [replace('owner', 'project-of-owner')], 'forbidden'],
    ['public by an ordinary user', [replace('visibility', 'public')], 'forbidden'],
    ['id', [replace('id', ID)], 'read-only-attribute'],
    ['removal of what is read-only', [remove('checksum')], 'read-only-attribute'],
    ['a reserved name', [add('os_glance_x', 'x')], 'reserved-attribute'],
    ['a name of Rackspace', [add('com.rackspace__1__x', 'x')], 'reserved-attribute'],
    ['a number as property', [add('a', 1)], 'schema-violation'],
    ['a bad name', [replace('name', 'x'.repeat(256))], 'schema-violation'],
    ['a key over 255', [add('k'.repeat(256), 'x')], 'schema-violation'],
    ['an unknown distribution', [add('os_distro', 'Debian')], 'schema-violation'],
    ['tags that are no list', [replace('tags', 'a')], 'schema-violation'],
    ['replace of what is absent', [replace('absent', 'x')], 'property-conflict'],
    ['remove of what is absent', [remove('absent')], 'property-conflict'],
    ['remove twice', [remove('note'), remove('note')], 'property-conflict'],
    ['something good before something bad', [replace('name', 'x'), remove('absent')], 'property-conflict'],
  ])('given %s, then it is refused as a whole', (_case, operations, code) => {
    expect(() => patch(imageAfter(created(note)), operations)).toThrow(refusal(code as 'forbidden'));
  });

  it('given data or data on its way, then the formats are settled', () => {
    for (const events of [[uploadStarted()], uploaded()]) {
      const image = imageAfter(created(), ...events);
      for (const name of ['disk_format', 'container_format']) {
        expect(() => patch(image, [replace(name, null)])).toThrow(refusal('forbidden'));
      }
    }
  });

  it('in v2.0, add of what is there is a conflict, base attributes included', () => {
    const image = imageAfter(created({ ...note, name: null }));
    expect(patch(image, [{ add: '/a', value: 'x' }], owner, 'v2.0')).toHaveLength(1);
    for (const path of ['/note', '/name']) {
      expect(() => patch(image, [{ add: path, value: 'x' }], owner, 'v2.0')).toThrow(refusal('property-conflict'));
    }
  });

  const texts = (n: number) => Array.from({ length: n }, (_, i) => `t${i}`);

  it('counts tags and properties at the end', () => {
    const image = imageAfter(created({ properties: Object.fromEntries(texts(128).map((name) => [name, 'x'])) }));
    expect(patch(image, [add('one', 'x'), remove('t0')])).toHaveLength(2);
    expect(() => patch(image, [add('one', 'x')])).toThrow(refusal('limit-exceeded'));
    expect(() => patch(image, [replace('tags', texts(129))])).toThrow(refusal('limit-exceeded'));
    expect(patch(image, [replace('tags', [...texts(128), 't0'])])).toHaveLength(128);
  });
});
