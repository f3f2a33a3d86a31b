import { isZero, padded, u64le } from './bytes.js';
import type { Examiner } from './examination.js';

// VirtualBox's VDI. Little-endian: signature at 64, image type at 76, virtual size at 368, the id of the parent image at
// 424 (all zeros when there is none).

const signature = 0xbeda107f;
const header = 512;
const typeOf = { dynamic: 1, fixed: 2, undo: 3, difference: 4 } as const;

export const examineVdi: Examiner = (head) => {
  if (head.length < 68 || head.readUInt32LE(64) !== signature) return null;
  const fields = padded(head, header);
  const type = fields.readUInt32LE(76);
  const child = type === typeOf.undo || type === typeOf.difference || !isZero(fields.subarray(424, 440));
  return {
    format: 'vdi',
    virtualSize: u64le(fields, 368),
    problems: child ? ['parent-disk'] : head.length < header ? ['malformed'] : [],
  };
};
