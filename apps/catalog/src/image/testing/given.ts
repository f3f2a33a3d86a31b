import { randomUUID } from 'node:crypto';
import type { ErrorCode, Identity, ImageEvent } from '@cloud-images/contracts';
import type { AppendedEvent } from '@cloud-images/event-store';
import { type Image, imageAggregate, type ImageState, unprotected } from '@cloud-images/image-model';
import { imageValidator, osDistros } from '../image-schema.js';
import type { SiteRules } from '../site-rules.js';

type Data<Type extends ImageEvent['type']> = Extract<ImageEvent, { type: Type }>['data'];

export const ID = '9C1F3F0E-8d2a-4c3b-9a55-0d1f5a0b7e11';
export const ATTEMPT = '5b0a1c8e-2b1c-4d7e-9d0a-3f1f6a7b8c9d';
export const KEY = `images/5b/0a/${ATTEMPT}`;
export const OWNER = 'project-of-owner';
/** Now, in the database's eyes, when a command of a specification is decided. */
export const NOW = '2026-11-24T12:00:00.123456Z';
/** Of a site that says nothing. */
export const rules: SiteRules = {
  valid: imageValidator({ osDistros }),
  protections: unprotected,
  knownProperties: null,
  limitsOf: () => ({ tags: 128, properties: 128 }),
};
export const noImage: ImageState = imageAggregate.initial;

export const user = (roles: string[] = ['member'], project: string | null = OWNER): Identity => ({
  user: 'somebody',
  project,
  roles,
  via: 'gateway',
  source: 'embedded',
});
export const owner = user();
export const admin = user(['admin'], 'project-of-admins');
export const stranger = user(['member'], 'project-of-stranger');

export const created = (data: Partial<Data<'ImageCreated'>> = {}): ImageEvent => ({
  type: 'ImageCreated',
  data: {
    image_id: ID,
    from: null,
    to: 'queued',
    owner: OWNER,
    name: 'debian',
    visibility: 'shared',
    protected: false,
    os_hidden: false,
    container_format: 'bare',
    disk_format: 'raw',
    min_disk: 0,
    min_ram: 0,
    tags: [],
    properties: {},
    ...data,
  },
});
export const uploadStarted = (attempt = ATTEMPT): ImageEvent => ({
  type: 'ImageUploadStarted',
  data: { image_id: ID, attempt, key: KEY.replace(ATTEMPT, attempt), from: 'queued', to: 'saving' },
});
export const digests = {
  size: 10,
  virtual_size: 20,
  content_format: 'qcow2',
  checksum: 'c'.repeat(32),
  os_hash_algo: 'sha512',
  os_hash_value: 'd'.repeat(128),
};
export const activated = (): ImageEvent => ({
  type: 'ImageActivated',
  data: { image_id: ID, attempt: ATTEMPT, key: KEY, from: 'saving', to: 'active', ...digests },
});
export const TASK = '3e0c4f7a-6b1d-4f0e-8a2c-5d9e7b1f2a64';
export const staged = (): ImageEvent => ({
  type: 'ImageStaged',
  data: { image_id: ID, attempt: ATTEMPT, key: KEY, from: 'saving', to: 'uploading', ...digests },
});
export const importStarted = (
  from: 'queued' | 'uploading' = 'queued',
  task_id = TASK,
  attempt = ATTEMPT,
): ImageEvent => ({
  type: 'ImageImportStarted',
  data: {
    ...{ image_id: ID, task_id, method: from === 'queued' ? 'web-download' : 'glance-direct' },
    ...{ attempt, key: KEY.replace(ATTEMPT, attempt), from, to: 'importing' },
  },
});
export const importFailed = (reason: string): ImageEvent => ({
  type: 'ImageImportFailed',
  data: { image_id: ID, task_id: TASK, attempt: ATTEMPT, key: KEY, from: 'importing', to: 'queued', reason },
});
export const uploaded = (): ImageEvent[] => [uploadStarted(), activated()];
export const killed = (): ImageEvent => ({
  type: 'ImageKilled',
  data: { image_id: ID, attempt: ATTEMPT, key: KEY, from: 'saving', to: 'killed', reason: 'lost' },
});
export const deactivated = (lock: 'owner' | 'admin' = 'owner'): ImageEvent => ({
  type: 'ImageDeactivated',
  data: { image_id: ID, from: 'active', to: 'deactivated', lock },
});
export const scheduled = (from: 'active' | 'deactivated' = 'active', purge_at = NOW): ImageEvent => ({
  type: 'ImageDeletionScheduled',
  data: { image_id: ID, from, to: 'pending_delete', purge_at },
});
export const purged = (): ImageEvent => ({
  type: 'ImagePurged',
  data: { image_id: ID, from: 'pending_delete', to: 'deleted', key: KEY },
});

const appended = (event: ImageEvent, index: number): AppendedEvent<ImageEvent> => ({
  ...event,
  event_id: randomUUID(),
  stream: `image-${ID.toLowerCase()}`,
  version: index + 1,
  schema_version: 1,
  recorded_at: `2026-11-24T11:00:0${index % 10}.000000Z`,
  metadata: {
    actor: { user: 'somebody', project: OWNER, roles: ['member'], via: 'gateway' },
    request_id: 'req-1',
    correlation_id: 'req-1',
  },
});

/** The image that these events make. */
export function imageAfter(...events: ImageEvent[]): Image {
  const state = events.map(appended).reduce(imageAggregate.evolve, noImage);
  if (!state.exists) throw new Error('no events, no image');
  return state;
}

/** The image after more events. */
export function evolved(image: Image, events: readonly ImageEvent[]): Image {
  return events.map(appended).reduce(imageAggregate.evolve, image as ImageState) as Image;
}

/** Matches a refusal with this code in `toThrow`. */
export const refusal = (code: ErrorCode): Error => expect.objectContaining({ code }) as unknown as Error;
