import { Readable } from 'node:stream';
import { checkVhd, ContentInspector, type VhdLimits } from '@cloud-images/disk-formats';
import { vhdFailure } from './import-image.js';

/** A VHD on its way into the store, looked at as it passes. It fails at its end when it is none that can be imported. */
export class CheckedVhd {
  readonly stream: Readable;
  /** Why the stream failed: whoever reads it only hears that it was cut off. */
  problem: Error | null = null;
  /** bytes of the disk, once the stream has ended well. */
  virtualSize: number | null = null;

  constructor(
    private readonly source: Readable,
    private readonly limits: VhdLimits,
    private readonly seen: (bytes: number) => void,
  ) {
    this.stream = Readable.from(this.pass(), { objectMode: false, highWaterMark: 1024 ** 2 });
  }

  private async *pass(): AsyncGenerator<Buffer> {
    const inspector = new ContentInspector();
    let size = 0;
    try {
      for await (const chunk of this.source as AsyncIterable<Buffer>) {
        inspector.see(chunk);
        size += chunk.length;
        if (size > this.limits.physicalSize) throw vhdFailure(609);
        this.seen(size);
        yield chunk;
      }
      const { vhd } = inspector.finish();
      const fault = vhd === null ? 396 : checkVhd(vhd, this.limits);
      if (fault !== null) throw vhdFailure(fault);
      this.virtualSize = vhd?.footer?.currentSize ?? null;
    } catch (error) {
      this.problem = error as Error;
      throw error;
    }
  }
}
