import Type from 'typebox';
import { defineEvent, type EventOf } from './definition.js';

const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()]);
const ImageId = Type.String({ description: 'Image id, a UUID as the creator gave it (any case)' });
const Attempt = Type.String({ description: 'Upload attempt, a UUID' });
const Key = Type.String({ description: 'Blob key; random, never reused' });
const Bytes = Type.Integer({ minimum: 0, description: 'bytes' });
const Time = Type.String({ description: 'RFC 3339, UTC, microseconds at most' });
const Status = <const S extends string[]>(...values: S) => Type.Enum<S>([...values]);
const Name = Nullable(Type.String());
const Format = Nullable(Type.String());
const Tag = Type.String();
const Visibility = Status('public', 'private', 'shared', 'community');
const LockHolder = Status('owner', 'admin');
const AnyLiving = Status('queued', 'saving', 'active', 'killed', 'uploading', 'importing', 'deactivated');

const change = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) =>
  Type.Object({ image_id: ImageId, from: schema, to: schema });

const IMAGE = '9c1f3f0e-8d2a-4c3b-9a55-0d1f5a0b7e11';
const ATTEMPT = '5b0a1c8e-2b1c-4d7e-9d0a-3f1f6a7b8c9d';
const KEY = 'images/5b/0a/5b0a1c8e-2b1c-4d7e-9d0a-3f1f6a7b8c9d';

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
  ImageUploadStarted: defineEvent({
    kind: 'image',
    type: 'ImageUploadStarted',
    version: 1,
    summary: 'An upload attempt owns the image; its data is being received under a fresh key.',
    schema: Type.Object({
      image_id: ImageId,
      attempt: Attempt,
      key: Key,
      from: Type.Literal('queued'),
      to: Type.Literal('saving'),
      declared_size: Type.Optional(
        Type.Integer({
          minimum: 0,
          description: 'bytes that the client announced; counted towards the quota until the end',
        }),
      ),
    }),
    sample: { image_id: IMAGE, attempt: ATTEMPT, key: KEY, from: 'queued', to: 'saving' },
  }),
  ImageActivated: defineEvent({
    kind: 'image',
    type: 'ImageActivated',
    version: 1,
    summary:
      'The data is stored, durable and final; the image can be used. `key` is null for an image of size 0 without a blob.',
    schema: Type.Object({
      image_id: ImageId,
      attempt: Nullable(Attempt),
      key: Nullable(Key),
      from: Status('queued', 'saving', 'importing'),
      to: Type.Literal('active'),
      size: Bytes,
      virtual_size: Nullable(Bytes),
      checksum: Type.String({ description: 'md5, 32 lowercase hex digits' }),
      os_hash_algo: Type.String(),
      os_hash_value: Type.String({ description: 'lowercase hex' }),
      content_format: Type.Optional(
        Nullable(Type.String({ description: 'What the data was recognised as; null when nobody looked' })),
      ),
    }),
    sample: {
      image_id: IMAGE,
      attempt: ATTEMPT,
      key: KEY,
      from: 'saving',
      to: 'active',
      size: 0,
      virtual_size: null,
      content_format: null,
      checksum: 'd41d8cd98f00b204e9800998ecf8427e',
      os_hash_algo: 'sha512',
      os_hash_value:
        'cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e',
    },
  }),
  ImageUploadFailed: defineEvent({
    kind: 'image',
    type: 'ImageUploadFailed',
    version: 1,
    summary:
      'The attempt ended without data (client gone, refused, store unavailable); the image can be uploaded again.',
    schema: Type.Object({
      image_id: ImageId,
      attempt: Attempt,
      key: Key,
      from: Type.Literal('saving'),
      to: Type.Literal('queued'),
      reason: Type.String(),
    }),
    sample: {
      image_id: IMAGE,
      attempt: ATTEMPT,
      key: KEY,
      from: 'saving',
      to: 'queued',
      reason: 'client disconnected',
    },
  }),
  ImageUploadExpired: defineEvent({
    kind: 'image',
    type: 'ImageUploadExpired',
    version: 1,
    summary: 'The attempt stopped renewing its lease; the image can be uploaded again.',
    schema: Type.Object({
      image_id: ImageId,
      attempt: Attempt,
      key: Key,
      from: Type.Literal('saving'),
      to: Type.Literal('queued'),
    }),
    sample: { image_id: IMAGE, attempt: ATTEMPT, key: KEY, from: 'saving', to: 'queued' },
  }),
  ImageKilled: defineEvent({
    kind: 'image',
    type: 'ImageKilled',
    version: 1,
    summary: 'Data was stored but is unreadable or does not match its digest; the image is unusable.',
    schema: Type.Object({
      image_id: ImageId,
      attempt: Attempt,
      key: Key,
      from: Type.Literal('saving'),
      to: Type.Literal('killed'),
      reason: Type.String(),
    }),
    sample: {
      image_id: IMAGE,
      attempt: ATTEMPT,
      key: KEY,
      from: 'saving',
      to: 'killed',
      reason: 'digest mismatch after write',
    },
  }),
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
  ImageRenamed: defineEvent({
    kind: 'image',
    type: 'ImageRenamed',
    version: 1,
    summary: 'The name changed.',
    schema: change(Name),
    sample: { image_id: IMAGE, from: 'debian-12', to: 'debian-13' },
  }),
  ImageVisibilityChanged: defineEvent({
    kind: 'image',
    type: 'ImageVisibilityChanged',
    version: 1,
    summary: 'Who may see the image changed.',
    schema: change(Visibility),
    sample: { image_id: IMAGE, from: 'shared', to: 'private' },
  }),
  ImageProtectionChanged: defineEvent({
    kind: 'image',
    type: 'ImageProtectionChanged',
    version: 1,
    summary: 'The protection from deletion changed.',
    schema: change(Type.Boolean()),
    sample: { image_id: IMAGE, from: false, to: true },
  }),
  ImageHidingChanged: defineEvent({
    kind: 'image',
    type: 'ImageHidingChanged',
    version: 1,
    summary: 'The image was hidden from (or returned to) default lists.',
    schema: change(Type.Boolean()),
    sample: { image_id: IMAGE, from: false, to: true },
  }),
  ImageOwnerChanged: defineEvent({
    kind: 'image',
    type: 'ImageOwnerChanged',
    version: 1,
    summary: 'An admin gave the image to another project.',
    schema: change(Nullable(Type.String())),
    sample: { image_id: IMAGE, from: 'a', to: 'b' },
  }),
  ImageContainerFormatChanged: defineEvent({
    kind: 'image',
    type: 'ImageContainerFormatChanged',
    version: 1,
    summary: 'The container format was set before any data.',
    schema: change(Format),
    sample: { image_id: IMAGE, from: null, to: 'bare' },
  }),
  ImageDiskFormatChanged: defineEvent({
    kind: 'image',
    type: 'ImageDiskFormatChanged',
    version: 1,
    summary: 'The disk format was set before any data.',
    schema: change(Format),
    sample: { image_id: IMAGE, from: null, to: 'raw' },
  }),
  ImageMinDiskChanged: defineEvent({
    kind: 'image',
    type: 'ImageMinDiskChanged',
    version: 1,
    summary: 'The smallest disk (GB) to boot the image changed.',
    schema: change(Type.Integer()),
    sample: { image_id: IMAGE, from: 0, to: 10 },
  }),
  ImageMinRamChanged: defineEvent({
    kind: 'image',
    type: 'ImageMinRamChanged',
    version: 1,
    summary: 'The least memory (MB) to boot the image changed.',
    schema: change(Type.Integer()),
    sample: { image_id: IMAGE, from: 0, to: 512 },
  }),
  ImagePropertySet: defineEvent({
    kind: 'image',
    type: 'ImagePropertySet',
    version: 1,
    summary: 'A custom property was added (from null) or changed.',
    schema: Type.Object({ image_id: ImageId, name: Type.String(), from: Nullable(Type.String()), to: Type.String() }),
    sample: { image_id: IMAGE, name: 'os_version', from: null, to: '13' },
  }),
  ImagePropertyRemoved: defineEvent({
    kind: 'image',
    type: 'ImagePropertyRemoved',
    version: 1,
    summary: 'A custom property was removed.',
    schema: Type.Object({ image_id: ImageId, name: Type.String(), from: Type.String(), to: Type.Null() }),
    sample: { image_id: IMAGE, name: 'os_version', from: '13', to: null },
  }),
  ImageTagged: defineEvent({
    kind: 'image',
    type: 'ImageTagged',
    version: 1,
    summary: 'A tag was added.',
    schema: Type.Object({ image_id: ImageId, tag: Tag }),
    sample: { image_id: IMAGE, tag: 'base' },
  }),
  ImageUntagged: defineEvent({
    kind: 'image',
    type: 'ImageUntagged',
    version: 1,
    summary: 'A tag was removed.',
    schema: Type.Object({ image_id: ImageId, tag: Tag }),
    sample: { image_id: IMAGE, tag: 'base' },
  }),
} as const;

export type ImageEvent = EventOf<typeof imageEvents>;
