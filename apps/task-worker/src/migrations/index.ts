import type { Migration } from '@cloud-images/service-kit';
import { eventLog } from './1764000000001-event-log.js';
import { tasks } from './1764000000002-tasks.js';
import { cloudFiles } from './1764000000004-cloud-files.js';
import { imageImports } from './1764000000005-image-imports.js';
import { objectsHaveAnEnd } from './1764000000006-objects-expire.js';
import { objectsMayHaveSegments } from './1764000000007-objects-of-segments.js';
import { dataHasASha512 } from './1764000000008-data-knows-its-hash.js';

/** In their order. `serviceRole` is granted what it needs; a service that only checks for them may leave it out. */
export const migrations = (serviceRole = 'nobody'): Migration[] => [
  eventLog(serviceRole),
  tasks(serviceRole),
  cloudFiles(serviceRole),
  imageImports(serviceRole),
  objectsHaveAnEnd(),
  objectsMayHaveSegments(),
  dataHasASha512(),
];
