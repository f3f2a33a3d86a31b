import { refusal } from '../image/testing/given.js';
import { acceptPatch, dialectOf, patchOf } from './patch-document.js';

const V21 = 'application/openstack-images-v2.1-json-patch';
const V20 = 'application/openstack-images-v2.0-json-patch';

describe('the media type of a patch', () => {
  it('is one of two, whatever its parameters and case', () => {
    expect(dialectOf(V21)).toBe('v2.1');
    expect(dialectOf(`${V20.toUpperCase()}; charset=utf-8`)).toBe('v2.0');
  });

  it.each([undefined, '', 'application/json', 'application/json-patch+json', `${V21}x`, '__proto__'])(
    'is not %s, and the answer says which',
    (type) => {
      expect(() => dialectOf(type)).toThrow(refusal('unsupported-media-type'));
      expect(acceptPatch).toBe(`${V21}, ${V20}`);
      try {
        dialectOf(type);
      } catch (error) {
        expect((error as { headers: object }).headers).toEqual({ 'accept-patch': acceptPatch });
      }
    },
  );
});

describe('reading a patch', () => {
  it('reads both dialects into the same operations', () => {
    const operations = [
      { op: 'add', name: 'a', value: null },
      { op: 'replace', name: '~/.ssh/', value: 'x' },
      { op: 'remove', name: '~1' },
    ];
    expect(
      patchOf(
        [
          { op: 'add', path: '/a', value: null, from: 'ignored' },
          { op: 'replace', path: '/~0~1.ssh~1', value: 'x' },
          { op: 'remove', path: '/~01', value: 'ignored' },
        ],
        'v2.1',
      ),
    ).toEqual({ addOverwrites: true, operations });
    expect(
      patchOf([{ add: '/a', value: null }, { replace: '/~0~1.ssh~1', value: 'x' }, { remove: '/~01' }], 'v2.0'),
    ).toEqual({ addOverwrites: false, operations });
  });

  it('takes an empty list', () => {
    expect(patchOf([], 'v2.1').operations).toEqual([]);
  });

  const paths = ['', 'name', '/', '//', '/a/', '/a/b', '/tags/-', '/locations/0', '/a~2', '/a~', '/a\u0000', '/\u001f'];
  it.each<[unknown]>([
    [{}],
    [null],
    [['x']],
    [[null]],
    [[[]]],
    [[{}]],
    [[{ path: '/a', value: 'x' }]],
    [[{ op: 'test', path: '/a', value: 'x' }]],
    [[{ op: ['add'], path: '/a', value: 'x' }]],
    [[{ op: 'add', value: 'x' }]],
    [[{ op: 'add', path: 7, value: 'x' }]],
    [[{ op: 'add', path: '/a' }]],
    [[{ op: 'replace', path: '/a' }]],
    ...paths.map((path): [unknown] => [[{ op: 'add', path, value: 'x' }]]),
  ])('refuses %j', (document) => {
    expect(() => patchOf(document, 'v2.1')).toThrow(refusal('invalid-patch'));
  });

  it.each<[unknown]>([
    [[{ value: 'x' }]],
    [[{ add: '/a', remove: '/a', value: 'x' }]],
    [[{ add: '/a' }]],
    [[{ op: 'add', path: '/a', value: 'x' }]],
    [[{ test: '/a', value: 'x' }]],
  ])('refuses %j in v2.0', (document) => {
    expect(() => patchOf(document, 'v2.0')).toThrow(refusal('invalid-patch'));
  });
});
