import type { ServerResponse } from 'node:http';

/** Whoever reads did not take what was sent in time, or is gone. */
export class ReaderLost extends Error {
  override readonly name = 'ReaderLost';
}

/** Writes to an answer as fast as it is read and no faster: nothing is kept for a slow reader, who is cut after a while. */
export class SteadyWriter {
  constructor(
    private readonly response: ServerResponse,
    private readonly patienceMs: number,
  ) {}

  get isOpen(): boolean {
    return !this.response.destroyed && !this.response.writableEnded;
  }

  /** Resolves when there is room for more. Throws `ReaderLost`. */
  async write(text: string): Promise<void> {
    if (!this.isOpen) throw new ReaderLost('the connection is closed');
    if (this.response.write(text)) return;
    await this.drained();
  }

  end(): void {
    if (this.isOpen) this.response.end();
  }

  /** So that a reader can tell a broken answer from a whole one. */
  cut(): void {
    this.response.destroy();
  }

  private drained(): Promise<void> {
    const { response, patienceMs } = this;
    return new Promise((resolve, reject) => {
      const settle = (error?: Error) => {
        clearTimeout(timer);
        response.off('drain', onDrain).off('close', onClose);
        if (error) reject(error);
        else resolve();
      };
      const onDrain = () => settle();
      const onClose = () => settle(new ReaderLost('the connection was closed'));
      const timer = setTimeout(() => settle(new ReaderLost('what was sent is not read')), patienceMs);
      response.on('drain', onDrain).on('close', onClose);
    });
  }
}
