import type { Migration } from '@cloud-images/service-kit';
import { eventLog } from './1764000000001-event-log.js';
import { readModel } from './1764000000002-read-model.js';
import { uploadsAndPurges } from './1764000000003-uploads-and-purges.js';
import { logHome } from './1764000000004-log-home.js';
import { usage } from './1764000000005-usage.js';
import { rememberedAnswers } from './1764000000006-remembered-answers.js';
import { usageOfImports } from './1764000000007-usage-of-imports.js';
import { ordersHaveIndexes } from './1764000000008-indexes-of-orders.js';
import { facetsInOrder } from './1764000000009-facets-in-order.js';
import { sizesInOrder } from './1764000000010-sizes-in-order.js';

/** In their order. `serviceRole` is granted what it needs; a service that only checks for them may leave it out. */
export const migrations = (serviceRole = 'nobody'): Migration[] => [
  eventLog(serviceRole),
  readModel(serviceRole),
  uploadsAndPurges(serviceRole),
  logHome(serviceRole),
  usage(serviceRole),
  rememberedAnswers(serviceRole),
  usageOfImports(),
  ordersHaveIndexes(),
  facetsInOrder(serviceRole),
  sizesInOrder(serviceRole),
];
