import Type from 'typebox';
import { defineEvent } from './definition.js';
import { Nullable, ImageId, Key, Bytes, Time, Status, LockHolder, AnyLiving, IMAGE, KEY } from './image-shapes.js';

/** What becomes of an image that has its data, up to its end. */
export const imageLifecycleEvents = {
  ImageDeactivated: defineEvent({
    kind: 'image',
    type: 'ImageDeactivated',
    version: 1,
    summary:
      "The data may not be read while the image is under investigation. `lock` says who may lift it; an admin raises an owner's lock.",
    schema: Type.Object({
      image_id: ImageId,
      from: Status('active', 'deactivated'),
      to: Type.Literal('deactivated'),
      lock: LockHolder,
    }),
    sample: { image_id: IMAGE, from: 'active', to: 'deactivated', lock: 'admin' },
  }),
  ImageReactivated: defineEvent({
    kind: 'image',
    type: 'ImageReactivated',
    version: 1,
    summary: 'The image can be used again.',
    schema: Type.Object({ image_id: ImageId, from: Type.Literal('deactivated'), to: Type.Literal('active') }),
    sample: { image_id: IMAGE, from: 'deactivated', to: 'active' },
  }),
  ImageDeletionScheduled: defineEvent({
    kind: 'image',
    type: 'ImageDeletionScheduled',
    version: 1,
    summary: 'The image was deleted by its user; it can be restored until `purge_at`.',
    schema: Type.Object({
      image_id: ImageId,
      from: Status('active', 'deactivated', 'killed', 'importing', 'uploading'),
      to: Type.Literal('pending_delete'),
      purge_at: Time,
    }),
    sample: { image_id: IMAGE, from: 'active', to: 'pending_delete', purge_at: '2026-11-24T12:00:00.000000Z' },
  }),
  ImageRestored: defineEvent({
    kind: 'image',
    type: 'ImageRestored',
    version: 1,
    summary: 'A pending deletion was taken back; the image has the status it had.',
    schema: Type.Object({ image_id: ImageId, from: Type.Literal('pending_delete'), to: AnyLiving }),
    sample: { image_id: IMAGE, from: 'pending_delete', to: 'active' },
  }),
  ImageDeleted: defineEvent({
    kind: 'image',
    type: 'ImageDeleted',
    version: 1,
    summary:
      'An image was deleted at once, without a time to restore it. `key` names the blob to remove, if there is one.',
    schema: Type.Object({ image_id: ImageId, from: AnyLiving, to: Type.Literal('deleted'), key: Nullable(Key) }),
    sample: { image_id: IMAGE, from: 'queued', to: 'deleted', key: null },
  }),
  ImagePurged: defineEvent({
    kind: 'image',
    type: 'ImagePurged',
    version: 1,
    summary: 'A pending deletion became final. `key` names the blob to remove, if there is one.',
    schema: Type.Object({
      image_id: ImageId,
      from: Type.Literal('pending_delete'),
      to: Type.Literal('deleted'),
      key: Nullable(Key),
    }),
    sample: { image_id: IMAGE, from: 'pending_delete', to: 'deleted', key: KEY },
  }),
  ImageDataRemoved: defineEvent({
    kind: 'image',
    type: 'ImageDataRemoved',
    version: 1,
    summary: 'The blob of a deleted image is gone from the store.',
    schema: Type.Object({ image_id: ImageId, key: Key, size: Bytes }),
    sample: { image_id: IMAGE, key: KEY, size: 1048576 },
  }),
  ImageEndOfLifeReached: defineEvent({
    kind: 'image',
    type: 'ImageEndOfLifeReached',
    version: 1,
    summary: 'The end of life that an admin had set came: from then on the image is standard for nobody.',
    schema: Type.Object({ image_id: ImageId, end_of_life: Time }),
    sample: { image_id: IMAGE, end_of_life: '2026-11-24T12:00:00Z' },
  }),
};
