import fc from 'fast-check';
import { Frontier } from './frontier.js';
import { emptyRoot, hashLeaf, hashNode } from './hash.js';
import { consistencyPath, inclusionPath, prove, type ReadSubtrees } from './proofs.js';
import { subtreesOf } from './subtrees.js';
import { verifyConsistency, verifyInclusion } from './verify-proofs.js';

/** RFC 6962, 2.1, word for word. */
function naiveRoot(leaves: readonly Buffer[]): Buffer {
  const [only] = leaves;
  if (only === undefined) return emptyRoot();
  if (leaves.length === 1) return only;
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  return hashNode(naiveRoot(leaves.slice(0, k)), naiveRoot(leaves.slice(k)));
}

const readerOf =
  (leaves: readonly Buffer[]): ReadSubtrees =>
  async (places) =>
    places.map(({ level, index }) => naiveRoot(leaves.slice(index * 2 ** level, (index + 1) * 2 ** level)));

const leavesOf = (count: number): Buffer[] => Array.from({ length: count }, (_, at) => hashLeaf(`event ${at}`));

// The inputs, roots and proofs of the reference implementation of Certificate Transparency.
const reference = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'];
const roots = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];
const known = reference.map((hex) => hashLeaf(Buffer.from(hex, 'hex').toString('latin1')));

describe('the tree, against published values', () => {
  it('has the roots of the reference implementation', () => {
    const frontier = Frontier.empty();
    const found = known.map((leaf) => {
      frontier.append(leaf);
      return frontier.root().toString('hex');
    });
    expect(found).toEqual(roots);
  });

  it('hashes nothing as RFC 6962 says', () => {
    expect(Frontier.empty().root().toString('hex')).toBe(
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    );
  });

  it('proves the inclusion of the first and the sixth leaf as the reference does', async () => {
    const proofs = await Promise.all([0, 5].map((at) => prove(inclusionPath(at, 8), readerOf(known))));
    expect(proofs.map((proof) => proof.map((hash) => hash.toString('hex')))).toEqual([
      [
        '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
        '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
        '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
      ],
      [
        'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
        'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
        'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
      ],
    ]);
  });

  it('proves the growth from six to eight leaves as the reference does', async () => {
    const proof = await prove(consistencyPath(6, 8), readerOf(known));
    expect(proof.map((hash) => hash.toString('hex'))).toEqual([
      '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ]);
  });
});

describe('the tree, against a naive one', () => {
  it('given any number of leaves, then the frontier has its root and tells each perfect subtree once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 300 }), (size) => {
        const leaves = leavesOf(size);
        const frontier = Frontier.empty();
        const told: string[] = [];
        for (const leaf of leaves) {
          frontier.append(leaf, (level, index, hash) => {
            told.push(`${level}/${index}`);
            expect(hash).toEqual(naiveRoot(leaves.slice(index * 2 ** level, (index + 1) * 2 ** level)));
          });
        }
        expect(frontier.root()).toEqual(naiveRoot(leaves));
        const perfect = [1, 2, 3, 4, 5, 6, 7, 8].flatMap((level) =>
          Array.from({ length: Math.floor(size / 2 ** level) }, (_, index) => `${level}/${index}`),
        );
        expect(told.sort()).toEqual(perfect.sort());
      }),
      { numRuns: 60 },
    );
  });

  it('given a tree cut in two anywhere, then its parts as perfect subtrees make it up again', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 300 }), fc.nat(300), async (size, cut) => {
        const leaves = leavesOf(size);
        const at = Math.min(cut, size);
        const read = readerOf(leaves);
        const frontier = Frontier.of(at, await read(subtreesOf({ start: 0, end: at })));
        const after = subtreesOf({ start: at, end: size });
        const hashes = await read(after);
        after.forEach(({ level }, i) => frontier.appendSubtree(level, hashes[i] as Buffer));
        expect(frontier.size).toBe(size);
        expect(frontier.root()).toEqual(naiveRoot(leaves));
      }),
      { numRuns: 100 },
    );
  });

  it('given any leaf of any tree, then its inclusion is proved, and of no other leaf, place, size or root', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 200 }), fc.nat(), fc.nat(), async (size, a, b) => {
        const leaves = leavesOf(size);
        const index = a % size;
        const path = await prove(inclusionPath(index, size), readerOf(leaves));
        const claim = { leaf: leaves[index] as Buffer, index, size, path, root: naiveRoot(leaves) };
        expect(verifyInclusion(claim)).toBe(true);
        expect(verifyInclusion({ ...claim, leaf: hashLeaf('other') })).toBe(false);
        expect(verifyInclusion({ ...claim, root: hashLeaf('other') })).toBe(false);
        expect(verifyInclusion({ ...claim, path: [...path, hashLeaf('more')] })).toBe(false);
        expect(verifyInclusion({ ...claim, index: size })).toBe(false);
        if (path.length > 0) {
          expect(verifyInclusion({ ...claim, path: path.slice(0, -1) })).toBe(false);
          const at = b % path.length;
          expect(verifyInclusion({ ...claim, path: path.with(at, hashLeaf('other')) })).toBe(false);
          const elsewhere = b % size;
          if (elsewhere !== index) expect(verifyInclusion({ ...claim, index: elsewhere })).toBe(false);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('given any two sizes of one tree, then the growth is proved, and no other past or present', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 200 }), fc.nat(), fc.nat(), async (second, a, b) => {
        const leaves = leavesOf(second);
        const first = a % (second + 1);
        const path = await prove(consistencyPath(first, second), readerOf(leaves));
        const firstRoot = naiveRoot(leaves.slice(0, first));
        const claim = { first, firstRoot, second, secondRoot: naiveRoot(leaves), path };
        expect(verifyConsistency(claim)).toBe(true);
        expect(verifyConsistency({ ...claim, firstRoot: hashLeaf('other') })).toBe(false);
        expect(verifyConsistency({ ...claim, path: [...path, hashLeaf('more')] })).toBe(false);
        if (first > 0) expect(verifyConsistency({ ...claim, secondRoot: hashLeaf('other') })).toBe(false);
        if (path.length > 0) {
          expect(verifyConsistency({ ...claim, path: path.slice(1) })).toBe(false);
          expect(verifyConsistency({ ...claim, path: path.with(b % path.length, hashLeaf('other')) })).toBe(false);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('given sizes beyond 32 bits, then places and paths are still right', () => {
    const size = 2 ** 40 + 3;
    expect(subtreesOf({ start: 0, end: size })).toEqual([
      { level: 40, index: 0 },
      { level: 1, index: 2 ** 39 },
      { level: 0, index: 2 ** 40 + 2 },
    ]);
    expect(inclusionPath(2 ** 40 + 2, size)).toEqual([
      { start: 2 ** 40, end: 2 ** 40 + 2 },
      { start: 0, end: 2 ** 40 },
    ]);
  });

  it('given a leaf, a size or a peak that can’t be, then it is refused', () => {
    expect(() => inclusionPath(3, 3)).toThrow(RangeError);
    expect(() => consistencyPath(4, 3)).toThrow(RangeError);
    expect(() => Frontier.of(3, [emptyRoot()])).toThrow(RangeError);
    const three = Frontier.empty();
    three.append(emptyRoot());
    expect(() => three.appendSubtree(1, emptyRoot())).toThrow(RangeError);
  });
});
