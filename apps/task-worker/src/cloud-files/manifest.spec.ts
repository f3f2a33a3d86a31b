import { etagOf, matched, readManifest, stillThere, type FoundSegment } from './manifest.js';

const a = { md5: 'a'.repeat(32), size: 5, key: 'k1', segmented: false };
const b = { md5: 'b'.repeat(32), size: 3, key: 'k2', segmented: false };
const named = (...more: object[]) => readManifest([{ path: '/c/x/1', etag: a.md5, size_bytes: 5 }, ...more]);

describe('a manifest', () => {
  it('names segments in their order, with or without what they must be', () => {
    expect(named({ path: 'c/2', etag: null, size_bytes: null }, { path: '/c/3', etag: `"${'B'.repeat(32)}"` })).toEqual(
      [
        { container: 'c', name: 'x/1', md5: a.md5, size: 5 },
        { container: 'c', name: '2', md5: null, size: null },
        { container: 'c', name: '3', md5: b.md5, size: null },
      ],
    );
  });

  it.each<[string, unknown, RegExp]>([
    ['no array', {}, /array/],
    ['no segment', [], /at least one/],
    ['no object', [1], /segment 1: it is no object/],
    ['no path', [{ path: '/c' }], /segment 1: 'path'/],
    ['ranges, which are not offered', [{ path: '/c/o', range: '0-1' }], /'range' is not offered/],
    ['no md5', [{ path: '/c/o', etag: 'x' }], /'etag'/],
    ['no size', [{ path: '/c/o', size_bytes: -1 }], /'size_bytes'/],
  ])('given %s, then it is refused, saying why', (_, body, why) => {
    expect(() => readManifest(body)).toThrow(why);
  });

  it('given too many segments, then it is refused', () => {
    expect(() => readManifest(Array(1_001).fill({ path: '/c/o' }))).toThrow(/1000 segments/);
    expect(readManifest(Array(1_000).fill({ path: '/c/o' }))).toHaveLength(1_000);
  });

  it.each<[string, FoundSegment | null, RegExp]>([
    ['is not there', null, /\/c\/x\/1: there is no such object/],
    ['has another size', { ...a, size: 6 }, /another size/],
    ['has another ETag', { ...a, md5: b.md5 }, /another ETag/],
    ['is made of segments', { ...a, segmented: true }, /made of segments/],
    ['is empty', { ...a, size: 0 }, /empty/],
  ])('given a segment that %s, then it is refused, and later no more read', (_, found, why) => {
    expect(() => matched(named(), [found])).toThrow(why);
    expect(stillThere([{ container: 'c', name: 'x/1', md5: a.md5, size: 5 }], [found])).toBeNull();
  });

  it('given segments as they are named, then its ETag is that of theirs, and it is their data', () => {
    const segments = matched(named({ path: '/c/2' }), [a, b]);
    expect(stillThere(segments, [a, b])).toEqual([
      { key: 'k1', size: 5 },
      { key: 'k2', size: 3 },
    ]);
    // md5 of 32 times a and 32 times b, by md5sum.
    expect(etagOf(segments)).toBe('af6d2490a0fa5d84a8dc051158f8baf2');
  });

  it('given that very many are missing, then not all are told', () => {
    const many = readManifest(Array(50).fill({ path: '/c/o' }));
    expect(() => matched(many, [])).toThrow(/and 40 more/);
  });
});
