interface Change {
  readonly at: number;
  readonly count: number;
}

const KEPT = 50_000;

/** How many requests are under way, and how many were at a moment that somebody learns of later. */
export class InFlight {
  private now = 0;
  private changes: Change[] = [];

  get count(): number {
    return this.now;
  }

  change(by: 1 | -1): void {
    this.now += by;
    this.changes.push({ at: Date.now(), count: this.now });
    if (this.changes.length > 2 * KEPT) this.changes = this.changes.slice(-KEPT);
  }

  /** When the millisecond `at` began. */
  at(at: number): number {
    return this.changes.findLast((change) => change.at < at)?.count ?? 0;
  }
}
