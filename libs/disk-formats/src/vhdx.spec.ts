import type { Problem } from './finding.js';
import { findingIn } from './testing/inspect.js';
import { withBytes } from './testing/headers.js';
import { realImage } from './testing/real-images.js';

const KIB = 1024;
const image = realImage('dynamic.vhdx');
const [firstTable, secondTable] = [192 * KIB, 256 * KIB];
const metadataId = Buffer.from('06a27c8b90479a4bb8fe575f050f886e', 'hex');
const entryIn = (table: number): number => image.indexOf(metadataId, table);
const metadataAt = Number(image.readBigUInt64LE(entryIn(firstTable) + 16));
const itemAt = (id: string): number => image.indexOf(Buffer.from(id, 'hex'), metadataAt);
const fileParameters = itemAt('3767a1ca36fa434db3b633f0aa44e76b');
const virtualDiskSize = itemAt('2442a52f1bcd7648b2115dbed83bf4b8');
const valueAt = (item: number): number => metadataAt + image.readUInt32LE(item + 16);
const u32 = (value: number) => Buffer.from(new Uint32Array([value]).buffer);

const bothTables = (edit: (content: Buffer, table: number) => Buffer): Buffer =>
  edit(edit(image, firstTable), secondTable);

describe('a VHDX', () => {
  it.each<[string, Buffer, Problem[]]>([
    ['is sound', image, []],
    ['whose first region table is damaged is read by the second', withBytes(image, firstTable, 'xxxx'), []],
    ['whose second region table is damaged is read by the first', withBytes(image, secondTable, 'xxxx'), []],
    ['without a region table', bothTables((content, table) => withBytes(content, table, 'xxxx')), ['malformed']],
    ['whose region tables differ', withBytes(image, entryIn(secondTable) + 16, u32(0x40_0000)), ['malformed']],
    [
      'without a metadata region',
      bothTables((content, table) => withBytes(content, entryIn(table), u32(0))),
      ['malformed'],
    ],
    [
      'whose metadata region lies before its tables',
      bothTables((content, table) => withBytes(content, entryIn(table) + 16, u32(200 * KIB))),
      ['malformed'],
    ],
    [
      'whose metadata region lies behind its end',
      bothTables((content, table) => withBytes(content, entryIn(table) + 20, u32(1))),
      ['malformed'],
    ],
    [
      'with more regions than there can be',
      bothTables((content, table) => withBytes(content, table + 8, u32(2048))),
      ['malformed'],
    ],
    ['without a metadata table', withBytes(image, metadataAt, 'xxxx'), ['malformed']],
    ['without a virtual size', withBytes(image, virtualDiskSize, u32(7)), ['malformed', 'unknown-features']],
    ['with a parent', withBytes(image, valueAt(fileParameters) + 4, u32(2)), ['parent-disk']],
    [
      'that lacks its last item',
      image.subarray(0, Math.max(valueAt(virtualDiskSize), valueAt(fileParameters)) + 4),
      ['malformed'],
    ],
  ])('%s', (_title, content, problems) => {
    const finding = findingIn(content)!;
    expect(finding.problems.filter((problem) => problems.includes(problem))).toEqual(finding.problems);
    expect(finding.problems.length > 0).toBe(problems.length > 0);
  });

  it('says its size as it is stored', () => {
    const content = withBytes(image, valueAt(virtualDiskSize), Buffer.from(new BigUint64Array([123_456_789n]).buffer));
    expect(findingIn(content)!.virtualSize).toBe(123_456_789);
  });

  it('with a required item that is not known is refused, with an optional one it is not', () => {
    // The id of the disk is one that is known; spelled otherwise it is not.
    const diskId = itemAt('ab12cabee6b2234593efc309e000c746');
    const unknown = withBytes(image, diskId, u32(7));
    expect(findingIn(unknown)!.problems).toEqual(['unknown-features']);
    expect(findingIn(withBytes(unknown, diskId + 24, u32(0)))!.problems).toEqual([]);
  });

  it('with a required region that is not known is refused, with an optional one it is not', () => {
    const blocks = Buffer.from('6677c22d23f600429d64115e9bfd4a08', 'hex');
    const unknown = bothTables((bytes, table) => withBytes(bytes, image.indexOf(blocks, table), u32(7)));
    expect(findingIn(unknown)!.problems).toEqual([]);
    const required = bothTables((_bytes, table) => withBytes(unknown, image.indexOf(blocks, table) + 28, u32(1)));
    expect(findingIn(required)!.problems).toEqual(['unknown-features']);
  });
});
