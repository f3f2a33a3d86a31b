import fc from 'fast-check';
import type { MediaType, Operation } from './patch-model.ts';

export interface PatchCase {
  readonly media: MediaType;
  readonly operations: readonly Operation[];
}

/** A small alphabet, so that operations meet; with names that a careless object would treat as special. */
const names = ['a', 'b', 'c', 'd e', 'x/y', 'm~n', 'é', '__proto__', 'constructor', 'hasOwnProperty', 'os_distro', '0'];
const pointer = (name: string) => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;

const text = fc.oneof(
  { weight: 8, arbitrary: fc.string({ maxLength: 12 }).filter((value) => !value.includes('\u0000')) },
  { weight: 2, arbitrary: fc.string({ unit: 'grapheme', maxLength: 8 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('x'.repeat(70_000), '', "';DROP TABLE images;--", '{"a":1}', '${x}', '\\u0041'),
  },
);
const tag = fc.string({ maxLength: 6 }).filter((value) => !value.includes('\u0000'));
const distro = fc.constantFrom('debian', 'fedora');

const goodBase = fc.oneof(
  fc.record({ name: fc.constant('name'), value: fc.option(fc.string({ maxLength: 20 })) }),
  fc.record({ name: fc.constant('visibility'), value: fc.constantFrom('private', 'shared', 'community') }),
  fc.record({ name: fc.constantFrom('protected', 'os_hidden'), value: fc.boolean() }),
  fc.record({ name: fc.constantFrom('min_disk', 'min_ram'), value: fc.integer({ min: 0, max: 2147483647 }) }),
  fc.record({ name: fc.constant('tags'), value: fc.array(tag, { maxLength: 6 }) }),
);
const formats = fc.oneof(
  fc.record({ name: fc.constant('disk_format'), value: fc.constantFrom('raw', 'qcow2', 'vhd', null) }),
  fc.record({ name: fc.constant('container_format'), value: fc.constantFrom('bare', 'ovf', null) }),
);
const format: fc.Arbitrary<Operation> = formats.map(({ name, value }) => ({ op: 'replace', path: `/${name}`, value }));
const good: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 3, arbitrary: goodBase.map(({ name, value }) => ({ op: 'replace', path: `/${name}`, value })) },
  {
    weight: 4,
    arbitrary: fc.constantFrom(...names).chain((name) =>
      fc.record({
        op: fc.constantFrom('add', 'add', 'replace', 'remove'),
        path: fc.constant(pointer(name)),
        value: name === 'os_distro' ? distro : text,
      }),
    ),
  },
);

const anyValue = fc.oneof(
  ...[fc.integer(), fc.boolean(), fc.double(), fc.constant(null), fc.string(), fc.array(fc.string(), { maxLength: 3 })],
  ...[fc.dictionary(fc.string(), fc.string(), { maxKeys: 3 }), fc.constant('a\u0000b'), fc.constant('x'.repeat(256))],
);
const wildPath = fc.oneof(
  fc.constantFrom(
    ...['', '/', '//', 'name', '/name/', '/tags/-', '/tags/0', '/a/b', '/a~2', '/~', '/a\u0000', '/a\u001f'],
  ),
  fc.constantFrom(
    ...['/id', '/status', '/size', '/checksum', '/os_hash_value', '/created_at', '/self', '/direct_url', '/owner'],
  ),
  fc.constantFrom(
    ...['/location', '/deleted', '/deleted_at', '/os_glance_x', '/com.rackspace__1__x', '/org.openstack__1__x'],
  ),
  fc.constantFrom('/name', '/tags', '/visibility', '/protected', '/min_disk', '/disk_format', `/${'k'.repeat(256)}`),
  fc.constantFrom(...names).map(pointer),
);
const wild: fc.Arbitrary<Operation> = fc.record(
  {
    op: fc.constantFrom(...['add', 'replace', 'remove', 'add', 'replace', 'remove', 'test', 'move', 'copy', 'ADD', '']),
    path: wildPath,
    value: anyValue,
  },
  { requiredKeys: ['op', 'path'] },
);
const crowd = fc
  .integer({ min: 120, max: 135 })
  .map((n) => Array.from({ length: n }, (_, i) => ({ op: 'add', path: `/p${i}`, value: 'x' })));

export const patchCase: fc.Arbitrary<PatchCase> = fc.record({
  media: fc.constantFrom('v2.1', 'v2.1', 'v2.0'),
  operations: fc
    .oneof(
      { weight: 280, arbitrary: fc.array(good, { maxLength: 4 }) },
      { weight: 60, arbitrary: fc.array(fc.oneof(good, format), { minLength: 1, maxLength: 3 }) },
      {
        weight: 60,
        arbitrary: fc.array(fc.oneof({ weight: 2, arbitrary: good }, wild), { minLength: 1, maxLength: 4 }),
      },
      { weight: 60, arbitrary: fc.array(wild, { minLength: 1, maxLength: 2 }) },
      { weight: 1, arbitrary: crowd },
    )
    .map((operations) => asSent(operations)),
});

/** What JSON makes of it: NaN is null there, and the model must see the same. */
function asSent(operations: readonly Operation[]): Operation[] {
  return JSON.parse(JSON.stringify(operations)) as Operation[];
}

/** One image's life: the requests go to the same image, one after the other. */
export const patchSequence = fc.record({
  active: fc.boolean(),
  cases: fc.array(patchCase, { minLength: 15, maxLength: 25, size: 'max' }),
});

export function render({ media, operations }: PatchCase): string {
  if (media === 'v2.1') return JSON.stringify(operations);
  return JSON.stringify(
    operations.map(({ op, path, value }) => ({ [op]: path, ...(value === undefined ? {} : { value }) })),
  );
}
