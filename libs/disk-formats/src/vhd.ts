import { isZero, startsWith } from './bytes.js';
import { isOngoing, type Examination, type Examiner, type Seen } from './examination.js';
import type { Finding } from './finding.js';

// Microsoft's VHD (Virtual Hard Disk Image Format Specification 1.0), big-endian. A footer of 512 bytes ends the file; a
// dynamic or differencing disk begins with a copy of it, and has a dynamic header of 1024 bytes where the footer says.

export const footerBytes = 512;
export const dynamicHeaderBytes = 1024;
export const diskType = { fixed: 2, dynamic: 3, differencing: 4 } as const;

export interface VhdFooter {
  /** Whether the checksum is that of these bytes. */
  readonly intact: boolean;
  /** 0x00010000 */
  readonly version: number;
  /** Where the dynamic header is; null for a fixed disk (all ones). */
  readonly dataOffset: number | null;
  /** bytes */
  readonly originalSize: number;
  /** bytes; what the disk has for whoever uses it */
  readonly currentSize: number;
  readonly type: number;
  /** 32 hex digits */
  readonly uniqueId: string;
}

export interface VhdDynamicHeader {
  readonly intact: boolean;
  readonly tableOffset: number;
  readonly maxTableEntries: number;
  /** bytes */
  readonly blockSize: number;
  /** 32 hex digits */
  readonly parentUniqueId: string;
}

/** What a file has of a VHD; each part null where its cookie is not. */
export interface VhdParts {
  /** Bytes of the file. */
  readonly size: number;
  readonly copy: VhdFooter | null;
  readonly dynamicHeader: VhdDynamicHeader | null;
  readonly footer: VhdFooter | null;
}

export interface VhdFinding extends Finding {
  readonly vhd: VhdParts;
}

/** Of a file that begins with the copy of the footer; a fixed disk begins with its first sector, see `fixedVhd`. */
export const examineVhd: Examiner = (head) =>
  startsWith(head, 'conectix') ? { format: 'vhd', rest: withHeader(head) } : null;

function* withHeader(head: Buffer): Examination {
  const copy = parseFooter(head.subarray(0, footerBytes));
  const at = copy?.dataOffset ?? 0;
  const seen: Seen = at === 0 ? { bytes: Buffer.alloc(0), size: 0 } : yield { at, bytes: dynamicHeaderBytes };
  const dynamicHeader = parseDynamicHeader(seen.bytes);
  const end = yield { last: footerBytes };
  const vhd: VhdParts = { size: end.size, copy, dynamicHeader, footer: parseFooter(end.bytes) };
  const finding: VhdFinding = {
    format: 'vhd',
    virtualSize: copy?.currentSize ?? null,
    problems: copy === null ? ['malformed'] : isChild(vhd) ? ['parent-disk'] : [],
    vhd,
  };
  return finding;
}

/** The parts of a file by its last bytes alone. */
export const fixedVhd = ({ bytes, size }: Seen): VhdParts => ({
  size,
  copy: null,
  dynamicHeader: null,
  footer: parseFooter(bytes.subarray(-footerBytes)),
});

/** Gives `bytes` of a file from `at` on, or as many as there are. */
export type ReadAt = (at: number, bytes: number) => Promise<Buffer>;

/** The same as of a stream, from a file of `size` bytes that can be read anywhere: three small reads at most. */
export async function readVhd(size: number, readAt: ReadAt): Promise<VhdParts> {
  const seen = async (at: number, bytes: number): Promise<Seen> => ({ bytes: await readAt(at, bytes), size });
  const last = (bytes: number) => seen(Math.max(0, size - bytes), bytes);
  const examination = examineVhd(await readAt(0, footerBytes));
  if (examination === null || !isOngoing(examination)) return fixedVhd(await last(footerBytes));
  let step = examination.rest.next();
  while (!step.done) {
    const { value: wanted } = step;
    step = examination.rest.next(await ('last' in wanted ? last(wanted.last) : seen(wanted.at, wanted.bytes)));
  }
  return (step.value as VhdFinding).vhd;
}

/** A disk that is there as far as its footer says it goes. */
export const isFixed = ({ size, copy, footer }: VhdParts): boolean =>
  copy === null &&
  footer !== null &&
  footer.intact &&
  footer.type === diskType.fixed &&
  footer.currentSize + footerBytes <= size;

/** By its type, or because it names a parent all the same. */
export const isChild = ({ copy, footer, dynamicHeader }: VhdParts): boolean =>
  [copy, footer].some((one) => one?.type === diskType.differencing) ||
  (dynamicHeader !== null && !/^0*$/.test(dynamicHeader.parentUniqueId));

export function parseFooter(bytes: Buffer): VhdFooter | null {
  if (bytes.length < footerBytes || !startsWith(bytes, 'conectix')) return null;
  const dataOffset = bytes.readBigUInt64BE(16);
  return {
    intact: checksumOf(bytes.subarray(0, footerBytes), 64) === bytes.readUInt32BE(64),
    version: bytes.readUInt32BE(12),
    dataOffset: dataOffset === 0xffff_ffff_ffff_ffffn ? null : Number(dataOffset),
    originalSize: Number(bytes.readBigUInt64BE(40)),
    currentSize: Number(bytes.readBigUInt64BE(48)),
    type: bytes.readUInt32BE(60),
    uniqueId: bytes.toString('hex', 68, 84),
  };
}

export function parseDynamicHeader(bytes: Buffer): VhdDynamicHeader | null {
  if (bytes.length < dynamicHeaderBytes || !startsWith(bytes, 'cxsparse')) return null;
  return {
    intact: checksumOf(bytes.subarray(0, dynamicHeaderBytes), 36) === bytes.readUInt32BE(36),
    tableOffset: Number(bytes.readBigUInt64BE(16)),
    maxTableEntries: bytes.readUInt32BE(28),
    blockSize: bytes.readUInt32BE(32),
    parentUniqueId: bytes.toString('hex', 40, 56),
  };
}

export const isNoId = (uniqueId: string): boolean => isZero(Buffer.from(uniqueId, 'hex'));

/** The ones' complement of the sum of all bytes but those of the checksum itself. */
export function checksumOf(bytes: Buffer, checksumAt: number): number {
  let sum = 0;
  bytes.forEach((byte, at) => (sum += at >= checksumAt && at < checksumAt + 4 ? 0 : byte));
  return ~sum >>> 0;
}
