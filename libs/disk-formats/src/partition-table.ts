import type { Examiner } from './examination.js';

// The partition table of a PC's disk (MBR): four entries of 16 bytes at 446, a signature at 510. A disk with a GUID partition
// table (UEFI specification, 5.2.3) has one that protects it: a single partition of type 0xEE from the second sector on.

const sector = 512;
const entriesAt = 446;
const protective = 0xee;

interface Entry {
  readonly flag: number;
  readonly type: number;
  /** Head, sector, cylinder of its start. */
  readonly start: Buffer;
  readonly firstSector: number;
}

export const examinePartitionTable: Examiner = (head) => {
  if (head.length < sector || head.readUInt16LE(510) !== 0xaa55 || isFat(head)) return null;
  const entries = [0, 1, 2, 3].map((nth) => entryAt(head, entriesAt + nth * 16));
  const used = entries.filter(({ type }) => type !== 0);
  const guarded = entries.some(({ type }) => type === protective);
  const valid =
    entries.every(({ flag }) => flag === 0 || flag === 0x80) &&
    used.length > 0 &&
    (!guarded || (used.length === 1 && entries[0]!.type === protective && isProtective(entries[0]!)));
  return { format: guarded ? 'gpt' : 'mbr', virtualSize: null, problems: valid ? [] : ['bad-partition-table'] };
};

/** The boot sector of a FAT file system has the same signature: two tables, media type "fixed disk". */
const isFat = (head: Buffer): boolean => head[0x10] === 2 && head[0x15] === 0xf8;

const entryAt = (head: Buffer, at: number): Entry => ({
  flag: head[at]!,
  type: head[at + 4]!,
  start: head.subarray(at + 1, at + 4),
  firstSector: head.readUInt32LE(at + 8),
});

const isProtective = ({ start, firstSector }: Entry): boolean =>
  start[0] === 0 && start[1] === 2 && start[2] === 0 && firstSector === 1;
