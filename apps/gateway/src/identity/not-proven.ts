import { Refusal } from '@cloud-images/contracts';
import type { FailedAttempt } from '../security/observation.js';

export const notProvenMessage = 'The request you have made requires authentication.';

/** Somebody tried to be somebody, or (null) did not even try. What it was that failed is for auditors, not for the client. */
export class NotProven extends Refusal {
  constructor(
    readonly attempt: FailedAttempt | null,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super('unauthorized', notProvenMessage, headers);
  }
}
