import { setTimeout as sleep } from 'node:timers/promises';
import { failureOf } from './failure.js';

/** Who is called, and how long to wait between tries of one call, in milliseconds, before jitter. */
export interface Patient {
  readonly pausesMs: readonly number[];
}

/** Again while the failure is one that passes, and `wanted` still says so; throws an `S3Failure`, or what else was thrown. */
export async function persistently<T>(
  { pausesMs }: Patient,
  call: () => Promise<T>,
  wanted: () => boolean = () => true,
): Promise<T> {
  for (const pause of pausesMs) {
    try {
      return await call();
    } catch (error) {
      if (!failureOf(error).fleeting || !wanted()) throw error;
      // Not unreferenced: whoever waits for this wants the process to live.
      await sleep(pause * (0.5 + Math.random()));
    }
  }
  return call();
}
