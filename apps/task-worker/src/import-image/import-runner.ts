import { channel } from 'node:diagnostics_channel';
import { BlobStoreUnavailable, type BlobStore } from '@cloud-images/blobs';
import { Refusal } from '@cloud-images/contracts';
import { checkVhd, readVhd, type VhdLimits } from '@cloud-images/disk-formats';
import { copyImageData, storeImageData, type StoredImageData } from '@cloud-images/image-data';
import type { Logger } from '@cloud-images/service-kit';
import type { Attempt, Catalog } from '../catalog.js';
import type { KeptData, ObjectStorage, StoredObject } from '../object-storage.js';
import { attemptId, importedImageId } from '../task/derived-ids.js';
import { missingText } from '../task/offers.js';
import { TaskFailure, type Runner, type RunningTask } from '../task/runner.js';
import type { Task } from '../task/task.js';
import { CheckedVhd } from './checked-vhd.js';
import { objectNotFound, readImport, vhdFailure } from './import-image.js';
import { Renewal } from '../task/renewal.js';

const created = channel('cloud-images:import.created');
const uploading = channel('cloud-images:import.uploading');
const stored = channel('cloud-images:import.stored');

/** How often one task may have begun anew with an image; far above what can happen. */
const mostImages = 100;

export interface ImportParts {
  readonly catalog: Catalog;
  readonly objects: ObjectStorage;
  readonly blobs: BlobStore;
  readonly limits: VhdLimits;
  readonly log: Logger;
}

/** A VHD of Cloud Files becomes an image: one, whole, or none. */
export class ImportRunner implements Runner {
  readonly byUsers = true;

  constructor(private readonly parts: ImportParts) {}

  problemOf(input: Readonly<Record<string, unknown>>): string | null {
    return missingText(input, 'import_from');
  }

  async run(running: RunningTask): Promise<Record<string, unknown>> {
    const { task } = running;
    const { container, object: name, name: imageName } = readImport(task.input);
    const object = await this.parts.objects.find(task.owner, container, name);
    if (typeof object === 'string') throw objectNotFound();
    if (object.size > this.parts.limits.physicalSize) throw vhdFailure(609);
    const { imageId, status } = await this.ownImage(task, imageName);
    created.publish(undefined);
    if (status === 'saving') await this.endEarlierAttempts(running, imageId);
    // A run before this one came as far as to the end, and could not say so.
    if (status !== 'active') await this.upload(running, imageId, object);
    return { image_id: imageId };
  }

  async discard(task: Task): Promise<void> {
    for (let nth = 0; nth < mostImages; nth += 1) {
      if (!(await this.parts.catalog.discard(task, importedImageId(task.id, nth)))) return;
    }
  }

  /** The image that this task has made and not discarded, or a new one. */
  private async ownImage(task: Task, name: string | null): Promise<{ imageId: string; status: string }> {
    const image = {
      disk_format: 'vhd',
      container_format: 'ovf',
      image_type: 'import',
      ...(name === null ? {} : { name }),
    };
    for (let nth = 0; nth < mostImages; nth += 1) {
      const imageId = importedImageId(task.id, nth);
      const known = await this.parts.catalog.statusOf(task, imageId);
      if (known !== null && known !== 'deleted' && known !== 'pending_delete') return { imageId, status: known };
      if (known !== null) continue;
      await this.parts.catalog.createImage(task, { id: imageId, ...image });
      return { imageId, status: 'queued' };
    }
    throw new TaskFailure('The image was deleted while it was being imported.');
  }

  /** Whoever held them is dead, or has lost the task: what it still says is refused from now on. */
  private async endEarlierAttempts({ task, run }: RunningTask, imageId: string): Promise<void> {
    for (let earlier = run - 1; earlier >= 1; earlier -= 1) {
      await this.parts.catalog.failUpload(task, imageId, attemptId(task.id, earlier), 'the worker ended');
    }
  }

  private async upload(running: RunningTask, imageId: string, object: StoredObject): Promise<void> {
    const { task, run, signal } = running;
    const { catalog } = this.parts;
    const attempt = await catalog.beginUpload(task, imageId, attemptId(task.id, run), object.size);
    uploading.publish(undefined);
    const renewal = new Renewal(attempt.lease_seconds, signal, () =>
      catalog.renewUpload(task, imageId, attempt.attempt),
    );
    try {
      const { kept } = object;
      const data = await (
        kept === null
          ? this.store(running, attempt, object, renewal.signal)
          : this.copy(running, attempt, kept, renewal.signal)
      ).catch((error: unknown) => {
        throw overQuota(error, attempt) ?? error;
      });
      stored.publish(undefined);
      await catalog.completeUpload(task, imageId, attempt.attempt, data);
    } catch (error) {
      const reason =
        error instanceof Refusal || error instanceof TaskFailure ? error.message : 'the store is unavailable';
      await catalog.failUpload(task, imageId, attempt.attempt, reason).catch(() => undefined);
      throw error;
    } finally {
      renewal.stop();
    }
  }

  /** The store has the data already, and it is known what it hashes to: only what a VHD says of itself is read. */
  private async copy(
    { progress }: RunningTask,
    attempt: Attempt,
    { key, size, checksum, sha512 }: KeptData,
    signal: AbortSignal,
  ): Promise<StoredImageData> {
    const { blobs, limits } = this.parts;
    const vhd = await readVhd(size, async (at, bytes) => {
      if (at >= size) return Buffer.alloc(0);
      const range = { start: at, end: Math.min(size, at + bytes) - 1 };
      return Buffer.concat((await (await blobs.read(key, range)).toArray()) as Buffer[]);
    });
    const fault = checkVhd(vhd, limits);
    if (fault !== null) throw vhdFailure(fault);
    await copyImageData({
      ...{ store: blobs, from: key, size, to: attempt.key, maxSize: attempt.max_size, signal },
      onProgress: (bytes) => progress(bytes, size),
    });
    const digests = { checksum, os_hash_algo: 'sha512', os_hash_value: sha512 } as const;
    return { size, ...digests, virtual_size: vhd.footer!.currentSize, content_format: 'vhd' };
  }

  private async store(
    { progress }: RunningTask,
    attempt: Attempt,
    object: StoredObject,
    signal: AbortSignal,
  ): Promise<StoredImageData> {
    const { blobs, limits, log } = this.parts;
    const source = await object.open();
    const vhd = new CheckedVhd(source, limits, (bytes) => progress(bytes, object.size));
    try {
      const data = await storeImageData({
        ...{ source: vhd.stream, store: blobs, key: attempt.key, signal },
        ...{ declaredSize: object.size, maxSize: attempt.max_size },
        onLeftover: (error) => log.warn({ err: error }, 'a broken import left data behind'),
      });
      const found = await blobs.stat(attempt.key);
      if (found?.size !== data.size) throw new BlobStoreUnavailable('stored data is not what was received');
      return { ...data, virtual_size: vhd.virtualSize, content_format: 'vhd' };
    } catch (error) {
      if (vhd.problem !== null) throw vhd.problem;
      throw error;
    } finally {
      vhd.stream.destroy();
      source.destroy();
    }
  }
}

/** In words of the quota, where that is what the data does not fit into. */
const overQuota = (error: unknown, { over_quota: words }: Attempt): Refusal | null =>
  error instanceof Refusal && error.code === 'image-too-large' && words ? new Refusal('quota-exceeded', words) : null;
