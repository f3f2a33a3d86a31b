import { isZero, padded, startsWith, u64le } from './bytes.js';
import type { Examination, Examiner } from './examination.js';
import type { Problem } from './finding.js';
import { descriptorProblems, descriptorText, kindOf, longestDescriptor } from './vmdk-descriptor.js';

// VMware's VMDK: a sparse extent with its descriptor inside ("KDMV", little-endian: version at 4, capacity in sectors at 12,
// first sector and sectors of the descriptor at 28 and 36, grain directory at 56), a bare descriptor (text, the data is in
// other files), or an extent of an ESX server ("COWD"). A stream-optimized one has the header that counts at its end.

const sector = 512;
const sparseVersions = [1, 2, 3];
const directoryAtEnd = 0xffff_ffff_ffff_ffffn;
const marker = { endOfStream: 0, footer: 3 } as const;

export const examineVmdk: Examiner = (head) => {
  if (startsWith(head, 'KDMV')) return { format: 'vmdk', rest: sparse(head) };
  if (startsWith(head, 'COWD')) return { format: 'vmdk', virtualSize: null, problems: ['unsafe-subformat'] };
  return isText(head.subarray(0, sector)) ? { format: null, rest: bareDescriptor() } : null;
};

function* sparse(head: Buffer): Examination {
  const header = headerOf(head);
  const problems: Problem[] = [];
  if (!sparseVersions.includes(header.version)) problems.push('unknown-version');
  if (header.descriptorAt !== 1) problems.push('bad-descriptor');
  const bytes = Math.min(header.descriptorSectors * sector, longestDescriptor);
  const descriptor = (yield { at: sector, bytes }).bytes;
  if (descriptor.length < bytes) problems.push('bad-descriptor');
  problems.push(...descriptorProblems(descriptorText(descriptor)));
  if (header.directory === directoryAtEnd) {
    const { bytes: end } = yield { last: 3 * sector };
    if (!isFooter(end, header)) problems.push('bad-footer');
  }
  return { format: 'vmdk', virtualSize: header.capacity * sector, problems };
}

function* bareDescriptor(): Examination {
  const { bytes } = yield { at: 0, bytes: longestDescriptor };
  const text = descriptorText(bytes);
  if (text === null || (kindOf(text) === null && !beginsWithVersion(text))) return null;
  return { format: 'vmdk', virtualSize: null, problems: ['external-data', ...descriptorProblems(text)] };
}

interface SparseHeader {
  readonly signature: string;
  readonly version: number;
  readonly capacity: number;
  readonly descriptorAt: number;
  readonly descriptorSectors: number;
  readonly directory: bigint;
}

function headerOf(bytes: Buffer): SparseHeader {
  const fields = padded(bytes, 64);
  return {
    signature: fields.toString('latin1', 0, 4),
    version: fields.readUInt32LE(4),
    capacity: u64le(fields, 12),
    descriptorAt: u64le(fields, 28),
    descriptorSectors: u64le(fields, 36),
    directory: fields.readBigUInt64LE(56),
  };
}

/** A marker, the header again with the place of its directory, a marker that ends the stream: a sector each. */
function isFooter(end: Buffer, header: SparseHeader): boolean {
  if (end.length < 3 * sector) return false;
  const { directory, ...again } = headerOf(end.subarray(sector));
  const { directory: _atEnd, ...first } = header;
  return (
    isMarker(end.subarray(0, sector), marker.footer) &&
    directory !== directoryAtEnd &&
    Object.entries(first).every(([name, value]) => again[name as keyof typeof again] === value) &&
    isMarker(end.subarray(2 * sector), marker.endOfStream) &&
    isZero(end.subarray(2 * sector, 2 * sector + 8))
  );
}

/** A number of sectors, no data, the type, zeros. */
const isMarker = (bytes: Buffer, type: number): boolean =>
  bytes.readUInt32LE(8) === 0 && bytes.readUInt32LE(12) === type && isZero(bytes.subarray(16));

/** Up to the zeros that fill its sector. */
function isText(bytes: Buffer): boolean {
  const end = bytes.indexOf(0);
  const text = end === -1 ? bytes : bytes.subarray(0, end);
  return text.length > 0 && text.every((byte) => (byte >= 0x20 && byte < 0x7f) || (byte >= 0x09 && byte <= 0x0d));
}

/** How QEMU knows a descriptor: after comments and empty lines there is the version. */
function beginsWithVersion(text: string): boolean {
  for (let at = 0; at < text.length;) {
    const end = text.indexOf('\n', at);
    const line = text.slice(at, end === -1 ? text.length : end).trim();
    if (line !== '' && !line.startsWith('#')) return /^version *=/.test(line);
    if (end === -1) return false;
    at = end + 1;
  }
  return false;
}
