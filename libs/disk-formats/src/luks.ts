import { padded, startsWith } from './bytes.js';
import type { Examiner } from './examination.js';

/** An encrypted volume, LUKS 1 or 2: what is inside can't be seen, and what it takes to open it is not in it. */
export const examineLuks: Examiner = (head) => {
  if (!startsWith(head, 'LUKS\xba\xbe')) return null;
  const version = padded(head, 8).readUInt16BE(6);
  return { format: 'luks', virtualSize: null, problems: version === 1 || version === 2 ? [] : ['unknown-version'] };
};
