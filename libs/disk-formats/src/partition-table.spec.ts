import type { ContentFormat } from './finding.js';
import { findingIn } from './testing/inspect.js';
import { bootSector, withBytes } from './testing/headers.js';

const protective = bootSector([0, 0xee, 1]);

describe('a boot sector', () => {
  it.each<[string, Buffer, ContentFormat | null, boolean]>([
    ['with a partition', bootSector([0x80, 0x83, 2048]), 'mbr', true],
    ['with four partitions', bootSector([0x80, 7, 1], [0, 7, 2], [0, 7, 3], [0, 7, 4]), 'mbr', true],
    ['without partitions', bootSector(), 'mbr', false],
    ['with a flag that there is not', bootSector([0x41, 0x83, 2048]), 'mbr', false],
    ['that protects a GUID partition table', protective, 'gpt', true],
    ['that protects it and has another partition', bootSector([0, 0xee, 1], [0, 0x83, 9]), 'gpt', false],
    ['that protects it in the second place', bootSector([0, 0, 0], [0, 0xee, 1]), 'gpt', false],
    ['that protects it from another sector on', bootSector([0, 0xee, 2]), 'gpt', false],
    ['that protects it from another cylinder on', withBytes(protective, 449, Buffer.from([1])), 'gpt', false],
    ['of a FAT file system', withBytes(withBytes(bootSector(), 0x10, '\x02'), 0x15, '\xf8'), null, true],
    ['without a signature', withBytes(protective, 510, '\0\0'), null, true],
    ['that is cut off', protective.subarray(0, 511), null, true],
  ])('%s', (_title, content, format, valid) => {
    const finding = findingIn(content);
    expect(finding?.format ?? null).toBe(format);
    expect(finding?.problems ?? []).toEqual(valid ? [] : ['bad-partition-table']);
  });
});
