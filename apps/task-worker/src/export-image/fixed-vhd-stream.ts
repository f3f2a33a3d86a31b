import { Readable } from 'node:stream';
import { fixedVhdEnd } from '@cloud-images/disk-formats';
import { TaskFailure } from '../task/runner.js';

/** A raw disk of `size` bytes as a fixed VHD. `uniqueId`: 16 bytes. */
export function fixedVhdOf(source: Readable, size: number, uniqueId: Buffer): Readable {
  async function* vhd(): AsyncGenerator<Buffer> {
    let passed = 0;
    try {
      for await (const chunk of source as AsyncIterable<Buffer>) {
        passed += chunk.length;
        yield chunk;
      }
      if (passed !== size) throw new TaskFailure('The data of the image is not whole.');
      yield fixedVhdEnd({ size, uniqueId, at: Date.now() });
    } finally {
      source.destroy();
    }
  }
  return Readable.from(vhd(), { objectMode: false, highWaterMark: 1024 ** 2 });
}
