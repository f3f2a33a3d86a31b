import type { ImageEvent } from '@cloud-images/contracts';
import type { ImageAttributes } from './image.js';

/** Events that change one attribute, by the attribute's name. */
type AttributeEvent = Exclude<ImageEvent, { type: StatusEventType }>;
type StatusEventType =
  | 'ImageCreated'
  | 'ImageUploadStarted'
  | 'ImageStaged'
  | 'ImageStagingExpired'
  | 'ImageImportStarted'
  | 'ImageImportReworkStarted'
  | 'ImageImportFailed'
  | 'ImageActivated'
  | 'ImageUploadFailed'
  | 'ImageUploadExpired'
  | 'ImageKilled'
  | 'ImageDeactivated'
  | 'ImageReactivated'
  | 'ImageDeletionScheduled'
  | 'ImageRestored'
  | 'ImageDeleted'
  | 'ImagePurged'
  | 'ImageDataRemoved'
  | 'ImageEndOfLifeReached';

export function changeAttribute(state: ImageAttributes, event: AttributeEvent): Partial<ImageAttributes> {
  switch (event.type) {
    case 'ImageRenamed':
      return { name: event.data.to };
    case 'ImageVisibilityChanged':
      return { visibility: event.data.to };
    case 'ImageProtectionChanged':
      return { protected: event.data.to };
    case 'ImageHidingChanged':
      return { os_hidden: event.data.to };
    case 'ImageOwnerChanged':
      return { owner: event.data.to };
    case 'ImageContainerFormatChanged':
      return { container_format: event.data.to };
    case 'ImageDiskFormatChanged':
      return { disk_format: event.data.to };
    case 'ImageMinDiskChanged':
      return { min_disk: event.data.to };
    case 'ImageMinRamChanged':
      return { min_ram: event.data.to };
    case 'ImagePropertySet':
      return { properties: new Map(state.properties).set(event.data.name, event.data.to) };
    case 'ImagePropertyRemoved': {
      const properties = new Map(state.properties);
      properties.delete(event.data.name);
      return { properties };
    }
    case 'ImageTagged':
      return { tags: state.tags.includes(event.data.tag) ? state.tags : [...state.tags, event.data.tag] };
    case 'ImageUntagged':
      return { tags: state.tags.filter((tag) => tag !== event.data.tag) };
  }
}
