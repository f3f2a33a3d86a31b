import type { ServerResponse } from 'node:http';
import type { BlobStream } from '@cloud-images/blobs';
import type { Pace } from '@cloud-images/image-data';

const minSlice = 16 * 1024;
const firstSlice = 64 * 1024;
const maxSlice = 1024 * 1024;
const quickMs = 100;
const slowMs = 1_000;

/** How far the sending of some data came. */
export interface Progress {
  readonly bytes: number;
  readonly finished: boolean;
}

/** The client went away, or takes so little that it was given up. */
export class ReceiverGone extends Error {
  override readonly name = 'ReceiverGone';
}

/**
 * Writes a stream to a response at the pace of the client. Large pieces are cheap, but a piece is done only as a whole:
 * to see the progress of a slow client the pieces get smaller. `progress` counts the bytes written; throws `ReceiverGone`,
 * or what the stream failed with.
 */
export async function sendStream(
  stream: BlobStream,
  res: ServerResponse,
  pace: Pace,
  progress: { bytes: number } = { bytes: 0 },
): Promise<number> {
  const outflow = new Outflow(res, pace);
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      for (let at = 0; at < chunk.length;) {
        const piece = outflow.piece(chunk, at);
        await outflow.write(piece);
        at += piece.length;
        progress.bytes += piece.length;
      }
      stream.recycle?.(chunk);
    }
    return progress.bytes;
  } finally {
    outflow.stop();
    stream.destroy();
  }
}

/** What leaves through one response, and how long the client lets it wait. */
class Outflow {
  private slice = firstSlice;
  private gone = false;
  private wake: () => void = () => undefined;
  private readonly judge: NodeJS.Timeout;
  private readonly halfWindowMs: number;
  private waitingSince: number | null = null;
  private waited = 0;
  private bytes = 0;
  private readonly onWritten = () => this.wake();
  private readonly onClose = () => {
    this.gone = true;
    this.wake();
  };

  constructor(
    private readonly res: ServerResponse,
    private readonly pace: Pace,
  ) {
    this.gone = res.destroyed;
    res.on('close', this.onClose);
    const tickMs = Math.max(5, Math.min(1_000, pace.windowMs / 10));
    this.halfWindowMs = pace.windowMs / 2 - tickMs;
    this.judge = setInterval(() => this.check(), tickMs);
  }

  piece(chunk: Buffer, at: number): Buffer {
    return at === 0 && chunk.length <= this.slice ? chunk : chunk.subarray(at, at + this.slice);
  }

  async write(piece: Buffer): Promise<void> {
    if (this.gone) throw new ReceiverGone('the client closed the connection');
    await this.written(piece);
    if (this.gone) throw new ReceiverGone('the client closed the connection');
    this.bytes += piece.length;
  }

  stop(): void {
    clearInterval(this.judge);
    this.res.off('close', this.onClose);
  }

  /** Until the system has taken the piece: before that its buffer must not be filled again. */
  private async written(piece: Buffer): Promise<void> {
    const began = performance.now();
    this.waitingSince = began;
    await new Promise<void>((resolve) => {
      this.wake = resolve;
      this.res.write(piece, this.onWritten);
    });
    const now = performance.now();
    this.waited += now - (this.waitingSince ?? now);
    this.waitingSince = null;
    if (now - began < quickMs) this.slice = Math.min(maxSlice, this.slice * 2);
    else if (now - began > slowMs) this.slice = Math.max(minSlice, this.slice / 4);
  }

  /**
   * Judged by the time spent waiting for the client alone: a slow store is not its fault. Every half window, so that one
   * who stops just after a judgement is given up within the window.
   */
  private check(): void {
    if (this.waitingSince !== null) {
      const now = performance.now();
      this.waited += now - this.waitingSince;
      this.waitingSince = now;
    }
    if (this.waited < this.halfWindowMs) return;
    if (this.bytes < (this.pace.minBytesPerSecond * this.waited) / 1_000) this.res.destroy();
    this.waited = 0;
    this.bytes = 0;
  }
}
