import type { IssuedToken } from './password-login.js';

/** Renewed when this share of its life is left, so that a Keystone that is down for a moment costs nothing. */
const lastShare = 0.2;
/** Nothing is begun with a token that ends in less. */
const marginMs = 10_000;

interface Held extends IssuedToken {
  readonly renewAt: number;
}

/** The token of the service user: asked for when it is first needed, and again before it ends. */
export class ServiceToken {
  private held: Held | null = null;
  private coming: Promise<Held> | null = null;

  constructor(
    private readonly logIn: () => Promise<IssuedToken>,
    private readonly now: () => number = Date.now,
  ) {}

  async current(): Promise<string> {
    const { held } = this;
    const now = this.now();
    if (held === null || held.expiresAt - marginMs <= now) return (await this.renew()).token;
    // The old one is good for some time; a failure shows when that is over.
    if (held.renewAt <= now) this.renew().catch(() => undefined);
    return held.token;
  }

  /** Keystone does not believe this token any more. */
  refused(token: string): void {
    if (this.held?.token === token) this.held = null;
  }

  private renew(): Promise<Held> {
    this.coming ??= this.ask().finally(() => (this.coming = null));
    return this.coming;
  }

  private async ask(): Promise<Held> {
    const asked = this.now();
    const issued = await this.logIn();
    this.held = { ...issued, renewAt: issued.expiresAt - (issued.expiresAt - asked) * lastShare };
    return this.held;
  }
}
