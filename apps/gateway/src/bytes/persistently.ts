import { setTimeout as sleep } from 'node:timers/promises';
import { Refusal } from '@cloud-images/contracts';

/** Again while the outcome is unknown; a refusal is an outcome. */
export async function persistently(pausesMs: readonly number[], call: () => Promise<void>): Promise<void> {
  for (const pause of pausesMs) {
    try {
      return await call();
    } catch (error) {
      if (error instanceof Refusal) throw error;
      await sleep(pause);
    }
  }
  await call();
}
