/** Exactly the first `length` bytes, with zeros where there were fewer: its fields can be read without asking each time. */
export function padded(bytes: Buffer, length: number): Buffer {
  if (bytes.length >= length) return bytes.subarray(0, length);
  const whole = Buffer.alloc(length);
  bytes.copy(whole);
  return whole;
}

export function startsWith(bytes: Buffer, magic: string | Buffer, at = 0): boolean {
  const wanted = typeof magic === 'string' ? Buffer.from(magic, 'latin1') : magic;
  return bytes.length >= at + wanted.length && bytes.compare(wanted, 0, wanted.length, at, at + wanted.length) === 0;
}

export const isZero = (bytes: Buffer): boolean => bytes.every((byte) => byte === 0);

/** Inexact beyond 2^53, which is beyond every limit on a size. */
export const u64be = (bytes: Buffer, at: number): number => Number(bytes.readBigUInt64BE(at));
export const u64le = (bytes: Buffer, at: number): number => Number(bytes.readBigUInt64LE(at));

/** A GUID as Microsoft's formats store it, from its usual spelling. */
export function guid(spelled: string): Buffer {
  const [a, b, c, d, e] = spelled.split('-').map((part) => Buffer.from(part, 'hex')) as [
    Buffer,
    Buffer,
    Buffer,
    Buffer,
    Buffer,
  ];
  return Buffer.concat([a.reverse(), b.reverse(), c.reverse(), d, e]);
}
