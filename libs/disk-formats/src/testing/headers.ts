// Headers field by field, for what no program makes.

export interface Qcow2Fields {
  version?: number;
  backingOffset?: bigint;
  size?: bigint;
  features?: bigint;
  /** Behind the header. */
  extensions?: Buffer;
  length?: number;
}

export function qcow2({
  version = 3,
  backingOffset = 0n,
  size = 1_048_576n,
  features = 0n,
  ...more
}: Qcow2Fields = {}) {
  const bytes = Buffer.alloc(512);
  bytes.write('QFI\xfb', 'latin1');
  bytes.writeUInt32BE(version, 4);
  bytes.writeBigUInt64BE(backingOffset, 8);
  bytes.writeUInt32BE(16, 20);
  bytes.writeBigUInt64BE(size, 24);
  if (version === 3) {
    bytes.writeBigUInt64BE(features, 72);
    bytes.writeUInt32BE(104, 100);
  }
  more.extensions?.copy(bytes, version === 3 ? 104 : 72);
  return bytes.subarray(0, more.length ?? 512);
}

export function qcow2Extension(type: number, data: string): Buffer {
  const bytes = Buffer.alloc(8 + Math.ceil(data.length / 8) * 8);
  bytes.writeUInt32BE(type, 0);
  bytes.writeUInt32BE(data.length, 4);
  bytes.write(data, 8);
  return bytes;
}

export interface VmdkFields {
  version?: number;
  /** sectors */
  capacity?: bigint;
  descriptorAt?: bigint;
  descriptorSectors?: bigint;
  descriptor?: string;
  directory?: bigint;
}

export const goodDescriptor = [
  '# Disk DescriptorFile',
  'version=1',
  'CID=7e2b80a3',
  'parentCID=ffffffff',
  'createType="monolithicSparse"',
  '',
  '# Extent description',
  'RW 2048 SPARSE "disk.vmdk"',
  '',
  'ddb.virtualHWVersion = "4"',
].join('\n');

export function vmdk(fields: VmdkFields = {}): Buffer {
  const bytes = Buffer.alloc(64 * 512);
  sparseHeader(fields).copy(bytes);
  bytes.write(fields.descriptor ?? goodDescriptor, 512, 'latin1');
  return bytes;
}

export function sparseHeader(fields: VmdkFields): Buffer {
  const bytes = Buffer.alloc(512);
  bytes.write('KDMV');
  bytes.writeUInt32LE(fields.version ?? 1, 4);
  bytes.writeBigUInt64LE(fields.capacity ?? 2048n, 12);
  bytes.writeBigUInt64LE(fields.descriptorAt ?? 1n, 28);
  bytes.writeBigUInt64LE(fields.descriptorSectors ?? 20n, 36);
  bytes.writeBigUInt64LE(fields.directory ?? 26n, 56);
  return bytes;
}

/** Footer marker, header, end-of-stream marker. */
export function vmdkFooter(header: Buffer): Buffer {
  const marker = Buffer.alloc(512);
  marker.writeUInt32LE(1, 0);
  marker.writeUInt32LE(3, 12);
  return Buffer.concat([marker, header, Buffer.alloc(512)]);
}

/** A boot sector with these partitions: [flag, type, first sector]. */
export function bootSector(...partitions: readonly [flag: number, type: number, first: number][]): Buffer {
  const bytes = Buffer.alloc(512);
  partitions.forEach(([flag, type, first], nth) => {
    bytes.set([flag, 0, 2, 0, type], 446 + nth * 16);
    bytes.writeUInt32LE(first, 446 + nth * 16 + 8);
    bytes.writeUInt32LE(2048, 446 + nth * 16 + 12);
  });
  bytes.writeUInt16LE(0xaa55, 510);
  return bytes;
}

/** `content` with `bytes` at `at`. */
export function withBytes(content: Buffer, at: number, bytes: Buffer | string): Buffer {
  const copy = Buffer.from(content);
  copy.set(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes, at);
  return copy;
}
