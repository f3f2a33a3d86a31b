const SEED = 0x9747b28c;
const M = 0x5bd1e995;

/** The partition of a key: Kafka's default (murmur2), so that both buses place a key alike. */
export function partitionOf(key: string, partitions: number): number {
  return (murmur2(Buffer.from(key)) & 0x7fffffff) % partitions;
}

export function murmur2(data: Buffer): number {
  let h = SEED ^ data.length;
  let at = 0;
  for (; at + 4 <= data.length; at += 4) {
    let k = Math.imul(data.readInt32LE(at), M);
    k ^= k >>> 24;
    h = Math.imul(h, M) ^ Math.imul(k, M);
  }
  const rest = data.length - at;
  if (rest === 3) h ^= (data[at + 2] as number) << 16;
  if (rest >= 2) h ^= (data[at + 1] as number) << 8;
  if (rest >= 1) h = Math.imul(h ^ (data[at] as number), M);
  h ^= h >>> 13;
  h = Math.imul(h, M);
  return h ^ (h >>> 15);
}
