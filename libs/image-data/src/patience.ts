export interface Pace {
  /** A client below the pace is given up within this time, in milliseconds of waiting for it. */
  readonly windowMs: number;
  /** At least this many bytes a second, and at least one byte in half a window. */
  readonly minBytesPerSecond: number;
}

/**
 * Judges a client's pace by the time spent waiting for it alone: a slow store is not its fault. It is judged every half
 * window, so that one which falls silent just after a judgement is given up (`onStall`) at the next but one, in time.
 */
export class Patience {
  readonly #timer: NodeJS.Timeout;
  readonly #halfWindowMs: number;
  #waitingSince: number | null = null;
  #waited = 0;
  #bytes = 0;

  constructor(
    private readonly pace: Pace,
    onStall: () => void,
  ) {
    const tickMs = Math.max(5, Math.min(1000, pace.windowMs / 10));
    this.#halfWindowMs = pace.windowMs / 2 - tickMs;
    this.#timer = setInterval(() => this.#judge(onStall), tickMs);
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
    if (this.#waited < this.#halfWindowMs) return;
    const wanted = Math.max(1, (this.pace.minBytesPerSecond * this.#waited) / 1000);
    if (this.#bytes < wanted) onStall();
    this.#waited = 0;
    this.#bytes = 0;
  }
}
