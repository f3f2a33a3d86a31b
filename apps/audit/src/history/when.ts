import { Refusal } from '@cloud-images/contracts';
import type { Parameters } from '../ledger/entry-filter.js';
import type { When } from './image-then.query.js';

/** `at=` as a time (without an offset: UTC) that has been, or as a version. Throws `Refusal` `invalid-filter`. */
export function readWhen(parameters: Parameters): When {
  const text = parameters.one('at') ?? '';
  if (!/^\d{1,9}$/.test(text)) return readTime(parameters);
  const version = Number(text);
  if (version < 1 || version > 2_147_483_647) throw new Refusal('invalid-filter', 'Versions are 1, 2, 3 ….');
  return { version };
}

export function readTime(parameters: Parameters): { readonly time: string } {
  const time = parameters.time('at');
  if (time === null || Date.parse(time) > Date.now()) {
    throw new Refusal('invalid-filter', "'at' takes a time that has been.");
  }
  return { time };
}

/** Milliseconds, not before the moment itself; of a version, whose time is not known yet, 0. */
export const momentOf = (when: When): number => ('time' in when ? Date.parse(when.time) + 1 : 0);
