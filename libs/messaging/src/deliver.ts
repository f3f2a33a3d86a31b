import { setTimeout as sleep } from 'node:timers/promises';
import { PermanentFailure, type ConsumerOptions, type Delivery } from './port.js';

const DEFAULT_RETRY = { attempts: 6, baseMs: 50, maxMs: 2_000 };

/** Thrown when a stop comes between two attempts: the delivery was neither taken nor given up. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/** Tries one delivery as often as the consumer allows, with jitter; null when it was taken, else why it is given up. */
export async function deliver(
  delivery: Delivery,
  { handle, retry = DEFAULT_RETRY, isOutage = () => false }: Pick<ConsumerOptions, 'handle' | 'retry' | 'isOutage'>,
  stopped: () => boolean,
): Promise<{ readonly cause: Error; readonly attempts: number } | null> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await handle({ ...delivery, attempt });
      return null;
    } catch (error) {
      const cause = error instanceof Error ? error : new Error(String(error));
      const givenUp = cause instanceof PermanentFailure || (attempt >= retry.attempts && !isOutage(cause));
      if (givenUp) return { cause, attempts: attempt };
      await sleep(Math.min(retry.baseMs * 2 ** Math.min(attempt - 1, 16), retry.maxMs) * (0.5 + Math.random()));
      if (stopped()) throw new Interrupted('stopped between two attempts');
    }
  }
}
