import { Refusal } from '@cloud-images/contracts';

/** What was asked did not answer, or not usefully. */
export class Outage extends Error {
  override readonly name = 'Outage';
  /** Whole seconds after which it may be tried again. */
  retryAfterSeconds = 1;

  again(inMs: number): this {
    this.retryAfterSeconds = Math.max(1, Math.ceil(inMs / 1_000));
    return this;
  }
}

/** Never a 401: that would send clients to log in again, which does not help. */
export const cannotCheck = (error: unknown): Refusal =>
  new Refusal('unavailable', 'Tokens can not be checked at the moment; try again.', {
    'retry-after': String(error instanceof Outage ? error.retryAfterSeconds : 1),
  });
