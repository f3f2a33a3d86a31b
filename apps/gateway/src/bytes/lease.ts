import { Refusal } from '@cloud-images/contracts';
import { unavailable } from '@cloud-images/service-kit';

/**
 * Renews an upload's lease every third of it. `signal` is aborted, with the reason as a `Refusal`, when the catalog says
 * that the attempt has ended, or when the lease may have run out because the catalog could not be asked.
 */
export class Lease {
  private readonly lost = new AbortController();
  private readonly timer: NodeJS.Timeout;
  private renewedAt = performance.now();
  private asking = false;

  constructor(
    private readonly leaseMs: number,
    private readonly renew: () => Promise<void>,
  ) {
    this.timer = setInterval(() => void this.ask(), leaseMs / 3);
  }

  get signal(): AbortSignal {
    return this.lost.signal;
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private async ask(): Promise<void> {
    const asked = performance.now();
    if (asked - this.renewedAt >= this.leaseMs) this.end(unavailable());
    if (this.asking) return;
    this.asking = true;
    try {
      await this.renew();
      this.renewedAt = asked;
    } catch (error) {
      if (error instanceof Refusal) this.end(error);
    } finally {
      this.asking = false;
    }
  }

  private end(reason: Refusal): void {
    this.stop();
    this.lost.abort(reason);
  }
}
