import { Readable } from 'node:stream';
import { Refusal } from '@cloud-images/contracts';
import { boundOf } from './rework-steps.js';

export interface Peeked {
  /** The first bytes; fewer when there are no more. */
  readonly head: Buffer;
  /** All of them. */
  readonly source: Readable;
}

/**
 * Looks at the beginning of what is fetched. What follows is counted for `passed`, and refused (`image-too-large`) beyond
 * `maxSize`; a stream that breaks off is an `upload-interrupted`.
 */
export async function peeked(
  stream: Readable,
  { bytes, maxSize, passed }: { bytes: number; maxSize: number; passed: (bytes: number) => void },
): Promise<Peeked> {
  const chunks = stream.iterator({ destroyOnReturn: true }) as AsyncIterator<Buffer>;
  const next = async (): Promise<Buffer | null> => {
    const { done, value } = await chunks.next().catch(() => {
      throw new Refusal('upload-interrupted', 'The data ended before the request did.');
    });
    return done ? null : value;
  };
  const begun: Buffer[] = [];
  let head = Buffer.alloc(0);
  while (head.length < bytes) {
    const chunk = await next();
    if (chunk === null) break;
    begun.push(chunk);
    head = Buffer.concat([head, chunk.subarray(0, bytes - head.length)]);
  }
  async function* all(): AsyncGenerator<Buffer> {
    let size = 0;
    try {
      for (let chunk = begun.shift() ?? (await next()); chunk !== null; chunk = begun.shift() ?? (await next())) {
        size += chunk.length;
        if (size > maxSize) throw boundOf(maxSize).beyond();
        passed(size);
        yield chunk;
      }
    } finally {
      stream.destroy();
    }
  }
  return { head, source: Readable.from(all(), { objectMode: false, highWaterMark: 1024 ** 2 }) };
}
