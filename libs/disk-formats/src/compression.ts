export const compressions = ['gzip', 'xz', 'zstd'] as const;
export type Compression = (typeof compressions)[number];

/** Of RFC 1952 (with deflate, its one method), the .xz file format 2.1.1.1 and RFC 8878 3.1.1. */
const magic: Readonly<Record<Compression, Buffer>> = {
  gzip: Buffer.from([0x1f, 0x8b, 0x08]),
  xz: Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]),
  zstd: Buffer.from([0x28, 0xb5, 0x2f, 0xfd]),
};

/** Bytes from the beginning by which compressed data is told from other data. */
export const compressionHeadBytes = 6;

/** How data is compressed that begins like this; null when it is not, or in no known way. */
export function compressionOf(head: Buffer): Compression | null {
  return compressions.find((name) => head.subarray(0, magic[name].length).equals(magic[name])) ?? null;
}
