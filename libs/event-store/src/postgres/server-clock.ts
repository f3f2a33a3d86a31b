/** How long the time of an answer is good for reckoning on. */
const GOOD_MS = 1_000;

/**
 * The database's clock, reckoned from its last answer: never ahead of it (the answer was on its way when it came), and
 * behind by no more than that way and what two clocks drift apart in a second.
 */
export class ServerClock {
  private microseconds = 0;
  private heardAt = -Infinity;

  constructor(private readonly elapsed: () => number = () => performance.now()) {}

  /** `now` as an answer brought it: RFC 3339 in UTC with microseconds. */
  heard(now: string): void {
    this.microseconds = Date.parse(now) * 1_000 + Number(now.slice(-4, -1));
    this.heardAt = this.elapsed();
  }

  /** In the same form; null when the last answer is too long ago. */
  now(): string | null {
    const passed = this.elapsed() - this.heardAt;
    if (passed > GOOD_MS) return null;
    const microseconds = this.microseconds + Math.floor(passed * 1_000);
    const whole = new Date(microseconds / 1_000).toISOString().slice(0, -1);
    return `${whole}${String(microseconds % 1_000).padStart(3, '0')}Z`;
  }
}
