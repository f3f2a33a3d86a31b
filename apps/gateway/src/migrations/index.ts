import type { Migration } from '@cloud-images/service-kit';
import { eventLog } from './1764000000001-event-log.js';
import { erasures } from './1764000000002-erasures.js';
import { erasuresTakeTurns } from './1764000000003-erasures-take-turns.js';

/** In their order. `serviceRole` is granted what it needs; a service that only checks for them may leave it out. */
export const migrations = (serviceRole = 'nobody'): Migration[] => [
  eventLog(serviceRole),
  erasures(serviceRole),
  erasuresTakeTurns(),
];
