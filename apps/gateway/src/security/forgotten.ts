export interface ForgottenOptions {
  readonly keptMs?: number;
  readonly most?: number;
  /** ms of a clock that never goes back. */
  readonly now?: () => number;
}

const DAY_MS = 24 * 3_600_000;

/**
 * The users who were forgotten lately, by id, for a day and up to 10,000 of them: a request of theirs that began before, a
 * download say, ends later, and must not tell anew who they are.
 */
export class Forgotten {
  /** Id → when, those of longest ago first. */
  private readonly users = new Map<string, number>();
  private readonly keptMs: number;
  private readonly most: number;
  private readonly now: () => number;

  constructor({ keptMs = DAY_MS, most = 10_000, now = () => performance.now() }: ForgottenOptions = {}) {
    this.keptMs = keptMs;
    this.most = most;
    this.now = now;
  }

  add(userId: string): void {
    const now = this.now();
    this.users.delete(userId);
    this.users.set(userId, now);
    for (const [user, at] of this.users) {
      if (this.users.size <= this.most && at > now - this.keptMs) break;
      this.users.delete(user);
    }
  }

  /** True where a request that began then says of the user what was to be forgotten since. */
  covers(userId: string, begunAt: number): boolean {
    const at = this.users.get(userId);
    return at !== undefined && begunAt <= at;
  }
}
