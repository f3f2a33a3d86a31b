import { setTimeout as sleep } from 'node:timers/promises';
import type { Delivery, Message } from '../../port.js';

export async function until(what: () => boolean | Promise<boolean>, ms = 15_000): Promise<void> {
  for (const end = Date.now() + ms; !(await what()); await sleep(20)) {
    if (Date.now() > end) throw new Error('waited in vain');
  }
}

/** The nth message of a key, with an event id of its own. */
export const numbered = (topic: string, key: string, nth: number, run = 'first'): Message => ({
  topic,
  key,
  value: String(nth),
  headers: { ce_id: `${run} ${key} ${nth}` },
});

/** What a handler was given: everything, and by key each value where it came first. */
export class Received {
  readonly deliveries: Delivery[] = [];
  readonly handle = async (delivery: Delivery): Promise<void> => void this.deliveries.push(delivery);

  firstsOf(key: string): number[] {
    return [...new Set(this.deliveries.filter((one) => one.key === key).map(({ value }) => Number(value)))];
  }

  get ids(): Set<string> {
    return new Set(this.deliveries.map(({ headers }) => headers['ce_id'] ?? ''));
  }
}

export const upTo = (count: number, from = 0): number[] => Array.from({ length: count - from }, (_, nth) => from + nth);
