import type { EventDefinition } from './definition.js';
import { imageEvents, type ImageEvent } from './image.js';
import { memberEvents, type MemberEvent } from './member.js';
import { securityEvents, type SecurityEvent } from './security.js';
import { taskEvents, type TaskEvent } from './task.js';

/** Every fact that our services record. */
export type CloudImagesEvent = ImageEvent | MemberEvent | TaskEvent | SecurityEvent;

/** The one table of all events, by type: types, validation, upcasting, docs and subscribers' schemas come from it. */
export const eventCatalogue: ReadonlyMap<string, EventDefinition> = new Map(
  Object.values<EventDefinition>({ ...imageEvents, ...memberEvents, ...taskEvents, ...securityEvents }).map(
    (definition) => [definition.type, definition],
  ),
);
