import type { Aggregate, AppendedEvent } from '@cloud-images/event-store';
import { upcast, type ImageEvent } from '@cloud-images/contracts';
import { changeAttribute } from './attributes.js';

export type LivingStatus = 'queued' | 'saving' | 'active' | 'killed' | 'uploading' | 'importing' | 'deactivated';
export type ImageStatus = LivingStatus | 'pending_delete' | 'deleted';
export type Visibility = 'public' | 'private' | 'shared' | 'community';
export type LockHolder = 'owner' | 'admin';

/** What people say about an image; every field can be changed by an event of its own. */
export interface ImageAttributes {
  readonly owner: string | null;
  readonly name: string | null;
  readonly visibility: Visibility;
  readonly protected: boolean;
  readonly os_hidden: boolean;
  readonly container_format: string | null;
  readonly disk_format: string | null;
  readonly min_disk: number;
  readonly min_ram: number;
  /** A set, in the order of adding. */
  readonly tags: readonly string[];
  /** A map, so that no property name (`__proto__`) is special. */
  readonly properties: ReadonlyMap<string, string>;
}

/** The stored data: final once there is any. `key` is null for an image of size 0 without a blob. */
export interface ImageData {
  readonly key: string | null;
  readonly size: number;
  readonly virtual_size: number | null;
  readonly checksum: string;
  readonly os_hash_algo: string;
  readonly os_hash_value: string;
}

export interface StagedData extends ImageData {
  readonly key: string;
  readonly content_format: string | null;
}

export interface UploadAttempt {
  readonly attempt: string;
  readonly key: string;
  /** Who began it: the actor of its completion. */
  readonly actor: AppendedEvent['metadata']['actor'];
  /** Bytes that count towards the quota; null when the client announced no length. */
  readonly reserved: number | null;
}

/** An image that was never created: only `create` applies. */
export interface NoImage {
  readonly exists: false;
}

export interface Image extends ImageAttributes {
  readonly exists: true;
  /** As the creator spelled it; the stream has it in lowercase. */
  readonly id: string;
  readonly status: ImageStatus;
  readonly created_at: string;
  /** Time of the last change that a client can see. */
  readonly updated_at: string;
  readonly data: ImageData | null;
  /** The attempt that owns the image while it is `saving`. */
  readonly upload: UploadAttempt | null;
  /** What lies ready for an import, under the key of `upload` or, when that reworks it, one of its own; null when nothing does. */
  readonly staged: StagedData | null;
  /** The task that imports, or has imported, the data. */
  readonly importedBy: string | null;
  /** The attempt that was under way when the image was deleted, until what it wrote is gone: so long it counts. */
  readonly cutOff: UploadAttempt | null;
  /** Who may lift the deactivation, while `deactivated` (and kept through a pending deletion). */
  readonly lock: LockHolder | null;
  /** While `pending_delete`: what a restore goes back to, and when the purge is due. */
  readonly deletion: { readonly from: LivingStatus; readonly purge_at: string } | null;
  readonly deleted_at: string | null;
  /** The end of life whose coming was recorded. */
  readonly ended: string | null;
}

export type ImageState = NoImage | Image;

type Recorded = AppendedEvent<ImageEvent>;

/** The fold of one image stream. Total: an event that cannot follow is a corrupt log and throws. */
export const imageAggregate: Aggregate<ImageState, ImageEvent> = {
  initial: { exists: false },
  evolve: (state, recorded) => {
    const event = upcast(recorded);
    if (!state.exists) return created(event);
    return { ...state, ...changeOf(state, event), updated_at: movesTime(event) ? event.recorded_at : state.updated_at };
  },
};

/** Removing the blob of a deleted image, a fresh key, or telling that a time has come, is no change of the image. */
const unseen: readonly Recorded['type'][] = ['ImageDataRemoved', 'ImageImportReworkStarted', 'ImageEndOfLifeReached'];
const movesTime = ({ type }: Recorded): boolean => !unseen.includes(type);

function created(event: Recorded): Image {
  if (event.type !== 'ImageCreated')
    throw new Error(`${event.type} at ${event.stream}/${event.version} before ImageCreated`);
  const { image_id, from: _from, to, properties, ...attributes } = event.data;
  return {
    ...attributes,
    exists: true,
    id: image_id,
    status: to,
    properties: new Map(Object.entries(properties)),
    created_at: event.recorded_at,
    updated_at: event.recorded_at,
    data: null,
    upload: null,
    staged: null,
    importedBy: null,
    cutOff: null,
    lock: null,
    deletion: null,
    deleted_at: null,
    ended: null,
  };
}

function changeOf(state: Image, event: Recorded): Partial<Image> {
  switch (event.type) {
    case 'ImageUploadStarted': {
      const { attempt, key, to, declared_size: reserved = null } = event.data;
      return { status: to, upload: { attempt, key, actor: event.metadata.actor, reserved }, importedBy: null };
    }
    case 'ImageStaged': {
      const { image_id: _id, attempt, from: _from, to, ...staged } = event.data;
      const actor = state.upload?.actor ?? event.metadata.actor;
      return { status: to, upload: { attempt, key: staged.key, actor, reserved: staged.size }, staged };
    }
    case 'ImageImportStarted': {
      const { attempt, key, to, task_id: importedBy } = event.data;
      const reserved = state.staged?.size ?? null;
      return { status: to, importedBy, upload: { attempt, key, actor: event.metadata.actor, reserved } };
    }
    case 'ImageImportReworkStarted': {
      // Who asked for the import is who makes the image active; what lies ready counts as before.
      const { attempt, key } = event.data;
      const { actor, reserved } = state.upload ?? { actor: event.metadata.actor, reserved: null };
      return { upload: { attempt, key, actor, reserved } };
    }
    case 'ImageImportFailed':
    case 'ImageStagingExpired':
      return { status: event.data.to, upload: null, staged: null, importedBy: null };
    case 'ImageActivated': {
      const { key, size, virtual_size, checksum, os_hash_algo, os_hash_value, to } = event.data;
      return {
        status: to,
        upload: null,
        staged: null,
        data: { key, size, virtual_size, checksum, os_hash_algo, os_hash_value },
      };
    }
    case 'ImageUploadFailed':
    case 'ImageUploadExpired':
    case 'ImageKilled':
      return { status: event.data.to, upload: null };
    case 'ImageDeactivated':
      return { status: event.data.to, lock: event.data.lock };
    case 'ImageReactivated':
      return { status: event.data.to, lock: null };
    case 'ImageDeletionScheduled':
      return { status: event.data.to, deletion: { from: event.data.from, purge_at: event.data.purge_at } };
    case 'ImageRestored':
      return { status: event.data.to, deletion: null };
    case 'ImageDeleted':
    case 'ImagePurged':
      return {
        status: event.data.to,
        upload: null,
        staged: null,
        cutOff: state.upload,
        deletion: null,
        deleted_at: event.recorded_at,
      };
    case 'ImageDataRemoved':
      return { data: null, cutOff: null };
    case 'ImageEndOfLifeReached':
      return { ended: event.data.end_of_life };
    case 'ImageCreated':
      throw new Error(`second ImageCreated at ${event.stream}/${event.version}`);
    default:
      return changeAttribute(state, event);
  }
}
