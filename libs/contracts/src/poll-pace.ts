/** From one look to the next while something comes now and then: what came waits no longer than this. */
const BUSY_MS = 10;
/** … and while much comes: a look costs more than what it brings, so a busy service looks less often and takes more at once. */
const LOADED_MS = 50;
const IDLE_MS = 100;
/** After the last that came: what follows soon must not wait as for a source at rest. */
const LINGER_MS = 1_000;
/** ms of rest for each that came in a ms: 15 ms at 100 a second, all of it at 333. */
const REST_PER_RATE = 150;

/** How long who polls for events rests between two looks. Both ends of the bus do so: their rests add up for who waits. */
export class PollPace {
  private rest = BUSY_MS;
  private looked: number;
  private active: number;

  /** `now`: a clock in ms. */
  constructor(private readonly now: () => number = () => performance.now()) {
    this.looked = this.active = now();
  }

  /** After a look that brought `count`: ms until the next. `expecting`: more is known to come soon. */
  next(count: number, expecting = false): number {
    const now = this.now();
    const perMs = count / Math.max(now - this.looked, 1);
    this.looked = now;
    if (count > 0 || expecting) this.active = now;
    const isActive = now - this.active < LINGER_MS;
    this.rest = isActive
      ? Math.min(Math.max(perMs * REST_PER_RATE, BUSY_MS), LOADED_MS)
      : Math.min(this.rest * 2, IDLE_MS);
    return this.rest;
  }
}
