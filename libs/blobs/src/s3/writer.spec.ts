import type { S3Connection } from './connection.js';
import { PartMemory } from './part-memory.js';
import { S3BlobWriter } from './writer.js';

const mebibyte = 1024 * 1024;

class Counted extends PartMemory {
  parts = 0;

  override take(bytes: number): Buffer {
    this.parts += 1;
    return super.take(bytes);
  }
}

describe('sixteen writers on a store that answers no more', () => {
  it('given that no more may be on their way, then each of the others holds the part that waits, and no other', async () => {
    const stuck = {
      ...{ bucket: 'b', options: {}, pausesMs: [] },
      signer: { initiateNewMultipartUpload: () => Promise.resolve('id') },
      call: () => new Promise(() => undefined),
    } as unknown as S3Connection;
    const memory = new Counted();
    // 96 MiB may be on their way: the first parts of twelve.
    for (let nth = 0; nth < 16; nth += 1) {
      const writer = await S3BlobWriter.open(stuck, memory, `key-${nth}`, undefined);
      void writer.write(Buffer.alloc(9 * mebibyte));
    }
    await new Promise((resolve) => setImmediate(resolve));
    expect(memory.parts).toBe(12 * 2 + 4);
  });
});
