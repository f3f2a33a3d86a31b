import type { Migration } from '@cloud-images/service-kit';
import { ledger } from './1764000000001-ledger.js';
import { imageHistory } from './1764000000002-image-history.js';
import { spansEndInPlace } from './1764000000003-spans-end-in-place.js';
import { indexRarerKinds } from './1764000000004-index-rarer-kinds.js';

/** In their order. `serviceRole` is granted what it needs; a service that only checks for them may leave it out. */
export const migrations = (serviceRole = 'nobody'): Migration[] => [
  ledger(serviceRole),
  imageHistory(serviceRole),
  spansEndInPlace(),
  indexRarerKinds(),
];
