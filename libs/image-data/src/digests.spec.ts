import { createHash, randomBytes } from 'node:crypto';
import { Digests } from './digests.js';

const digest = (algorithm: string, data: Buffer) => createHash(algorithm).update(data).digest('hex');

async function made(data: Buffer, chunkBytes: number): Promise<Digests> {
  const digests = new Digests(['md5', 'sha-512', 'sha-256']);
  for (let at = 0; at < data.length; at += chunkBytes) await digests.update(data.subarray(at, at + chunkBytes));
  await digests.finish();
  digests.drop();
  return digests;
}

describe('the digests of a stream', () => {
  it.each([
    [0, 1],
    [1, 1],
    [524_287, 65_536],
    [524_288, 65_536],
    [524_289, 524_289],
    [5_000_011, 100_003],
    [5_000_011, 5_000_011],
  ])('given %d bytes in chunks of %d, then they are those of the whole', async (bytes, chunkBytes) => {
    const data = randomBytes(bytes);
    const digests = await made(data, chunkBytes);
    expect(digests.hex('md5')).toBe(digest('md5', data));
    expect(digests.hex('sha-512')).toBe(digest('sha512', data));
    expect(digests.hex('sha-256')).toBe(digest('sha256', data));
  });

  it('given many streams at once, some given up, then each has its own', async () => {
    const streams = Array.from({ length: 12 }, () => randomBytes(3_000_000));
    const [kept] = await Promise.all([
      Promise.all(streams.map((data) => made(data, 65_536))),
      ...streams.map(async (data) => {
        const digests = new Digests(['md5']);
        await digests.update(data);
        digests.drop();
      }),
    ]);
    kept.forEach((digests, nth) => expect(digests.hex('sha-512')).toBe(digest('sha512', streams[nth]!)));
  });

  it('given a chunk that its owner uses again at once, then what was in it counts', async () => {
    const digests = new Digests(['md5']);
    const chunk = Buffer.alloc(600_000, 1);
    await digests.update(chunk);
    chunk.fill(2);
    await digests.finish();
    digests.drop();
    expect(digests.hex('md5')).toBe(digest('md5', Buffer.alloc(600_000, 1)));
  });

  it('given a digest that nobody wanted, then none is told', async () => {
    const digests = new Digests(['md5']);
    await digests.finish();
    expect(() => digests.hex('sha-512')).toThrow('no sha-512 was made');
  });
});
