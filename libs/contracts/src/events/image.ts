import Type from 'typebox';
import { defineEvent, type EventOf } from './definition.js';
import { imageAttributeEvents } from './image-attributes.js';
import { imageDataEvents } from './image-data.js';
import { imageLifecycleEvents } from './image-lifecycle.js';
import { Nullable, ImageId, Name, Format, Tag, Visibility, IMAGE } from './image-shapes.js';

/** Every fact about an image. Status changes carry `from` and `to`; the stream is `image-<id in lowercase>`. */
export const imageEvents = {
  ImageCreated: defineEvent({
    kind: 'image',
    type: 'ImageCreated',
    version: 1,
    summary: 'An image was registered; it has no data yet.',
    schema: Type.Object({
      image_id: ImageId,
      from: Type.Null(),
      to: Type.Literal('queued'),
      owner: Nullable(Type.String()),
      name: Name,
      visibility: Visibility,
      protected: Type.Boolean(),
      os_hidden: Type.Boolean(),
      container_format: Format,
      disk_format: Format,
      min_disk: Type.Integer(),
      min_ram: Type.Integer(),
      tags: Type.Array(Tag),
      properties: Type.Record(Type.String(), Type.String()),
    }),
    sample: {
      image_id: IMAGE,
      from: null,
      to: 'queued',
      owner: '0f6d1c4b8e2a4f0c9d3b5a7e6c8f1d2b',
      name: 'debian-13',
      visibility: 'shared',
      protected: false,
      os_hidden: false,
      container_format: 'bare',
      disk_format: 'qcow2',
      min_disk: 10,
      min_ram: 512,
      tags: ['base'],
      properties: { os_distro: 'debian' },
    },
  }),
  ...imageDataEvents,
  ...imageLifecycleEvents,
  ...imageAttributeEvents,
} as const;

export type ImageEvent = EventOf<typeof imageEvents>;
