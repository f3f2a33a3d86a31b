import { Outage } from '../outage.js';

const firstPauseMs = 1_000;
const longestPauseMs = 5_000;

export interface CircuitOptions {
  /** After so many outages in a row nobody is made to wait for another one. */
  readonly failures?: number;
  readonly onOpen?: (error: Outage) => void;
  readonly onClose?: () => void;
  readonly now?: () => number;
}

/**
 * Keeps callers from queueing up before something that is down: after some outages in a row they are refused at once,
 * and one of them may try again after a pause, which doubles as long as that fails.
 */
export class Circuit {
  private failed = 0;
  private pauseMs = firstPauseMs;
  private openUntil = 0;
  private trying = false;
  private readonly now: () => number;

  constructor(private readonly options: CircuitOptions = {}) {
    this.now = options.now ?? Date.now;
  }

  get isOpen(): boolean {
    return this.openUntil > 0;
  }

  /** What `work` resolves to. Throws an `Outage` when it does, or without asking it. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.isOpen) return this.tryAgain(work);
    try {
      const result = await work();
      this.failed = 0;
      return result;
    } catch (error) {
      if (error instanceof Outage && ++this.failed >= (this.options.failures ?? 3)) this.open(error);
      throw error;
    }
  }

  private async tryAgain<T>(work: () => Promise<T>): Promise<T> {
    const left = this.openUntil - this.now();
    if (left > 0 || this.trying) throw new Outage('it was down a moment ago').again(left);
    this.trying = true;
    try {
      const result = await work();
      this.close();
      return result;
    } catch (error) {
      if (error instanceof Outage) this.stayOpen(error);
      else this.close();
      throw error;
    } finally {
      this.trying = false;
    }
  }

  /** Those that were under way when the first of them failed find it open. */
  private open(error: Outage): void {
    if (this.isOpen) return;
    this.openUntil = this.now() + this.pauseMs;
    error.again(this.pauseMs);
    this.options.onOpen?.(error);
  }

  private stayOpen(error: Outage): void {
    this.pauseMs = Math.min(this.pauseMs * 2, longestPauseMs);
    this.openUntil = this.now() + this.pauseMs;
    error.again(this.pauseMs);
  }

  private close(): void {
    this.failed = 0;
    this.pauseMs = firstPauseMs;
    this.openUntil = 0;
    this.options.onClose?.();
  }
}
