import { startsWith } from './bytes.js';
import type { Examiner } from './examination.js';

/** QEMU's QED, given up by its makers: it can name a backing file, and nobody has need of it. */
export const examineQed: Examiner = (head) =>
  startsWith(head, 'QED\0') ? { format: 'qed', virtualSize: null, problems: ['banned-format'] } : null;
