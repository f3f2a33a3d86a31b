/** What one look at the database's transactions shows. */
export interface HorizonSeen {
  /** The oldest transaction that was still running. */
  readonly xmin: string;
  /** One past the latest that had ended: equal to `xmin` when nothing that ended waits behind one that runs. */
  readonly xmax: string;
  /** Seconds since the start of the oldest one whose start this role may see. */
  readonly oldestSeen: number | null;
}

/**
 * How long the horizon has been held back. The start of another role's transaction, or of a prepared one, is hidden from
 * us; that the horizon has not moved since some earlier look is not.
 */
export class HorizonWatch {
  private held: { readonly xmin: string; readonly since: number } | null = null;

  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Seconds at least; 0 when no transaction is known to run that has written. */
  age({ xmin, xmax, oldestSeen }: HorizonSeen): number {
    if (xmin === xmax) this.held = null;
    else if (this.held?.xmin !== xmin) this.held = { xmin, since: this.now() };
    const held = this.held === null ? 0 : (this.now() - this.held.since) / 1_000;
    return Math.max(held, oldestSeen ?? 0);
  }
}
