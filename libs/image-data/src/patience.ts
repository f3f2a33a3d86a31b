export interface Pace {
  /** Length of the windows in which progress is judged, in milliseconds of waiting for the client. */
  readonly windowMs: number;
  /** At least this many bytes a second, and at least one byte a window. */
  readonly minBytesPerSecond: number;
}

/**
 * Judges a client's pace by the time spent waiting for it alone: a slow store is not its fault. One window of silence,
 * or of a trickle, and `onStall` is called.
 */
export class Patience {
  readonly #timer: NodeJS.Timeout;
  #waitingSince: number | null = null;
  #waited = 0;
  #bytes = 0;

  constructor(
    private readonly pace: Pace,
    onStall: () => void,
  ) {
    this.#timer = setInterval(() => this.#judge(onStall), Math.max(5, Math.min(1000, pace.windowMs / 4)));
    this.#timer.unref();
  }

  async of(wait: Promise<Buffer | null>): Promise<Buffer | null> {
    this.#waitingSince = performance.now();
    try {
      const chunk = await wait;
      this.#bytes += chunk?.length ?? 0;
      return chunk;
    } finally {
      this.#pause();
    }
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #pause(): void {
    const now = performance.now();
    if (this.#waitingSince !== null) this.#waited += now - this.#waitingSince;
    this.#waitingSince = null;
  }

  #judge(onStall: () => void): void {
    if (this.#waitingSince !== null) {
      this.#pause();
      this.#waitingSince = performance.now();
    }
    if (this.#waited < this.pace.windowMs) return;
    const wanted = Math.max(1, (this.pace.minBytesPerSecond * this.#waited) / 1000);
    if (this.#bytes < wanted) onStall();
    this.#waited = 0;
    this.#bytes = 0;
  }
}
