import { channel } from 'node:diagnostics_channel';
import { BlobStoreUnavailable, type BlobStore } from '@cloud-images/blobs';
import { Refusal } from '@cloud-images/contracts';
import { storeImageData, type StoredImageData } from '@cloud-images/image-data';
import { FetchFailed, FetchTooLarge, type SafeFetcher } from '@cloud-images/safe-fetch';
import type { Logger } from '@cloud-images/service-kit';
import type { BegunImport, Catalog } from '../catalog.js';
import { Renewal } from '../task/renewal.js';
import { TaskFailure, type Runner, type RunningTask } from '../task/runner.js';
import type { Task } from '../task/task.js';
import type { ImportInput } from './import-data.js';

const begunImport = channel('cloud-images:image-import.begun');
const stored = channel('cloud-images:image-import.stored');

export interface ImportDataParts {
  readonly catalog: Catalog;
  readonly blobs: BlobStore;
  readonly fetcher: SafeFetcher;
  readonly log: Logger;
}

/** queued or uploading → importing → active, or back to queued with nothing kept. */
export class ImportDataRunner implements Runner {
  readonly byUsers = false;

  constructor(private readonly parts: ImportDataParts) {}

  problemOf(): string | null {
    return null;
  }

  async run(running: RunningTask): Promise<Record<string, unknown>> {
    const { task, run, signal } = running;
    const { catalog } = this.parts;
    const input = task.input as unknown as ImportInput;
    const { image_id: imageId, method } = input;
    // What an earlier run was fetching is not gone on with; whoever still writes it is told that its attempt has ended.
    if (run > 1 && method === 'web-download') await catalog.failImport(task, imageId, 'The worker ended.');
    const begun = await catalog.beginImport(task, imageId, method);
    begunImport.publish(undefined);
    if (begun.done) return { image_id: imageId };
    const renewal = new Renewal(begun.lease_seconds, signal, () => catalog.renewUpload(task, imageId, begun.attempt));
    try {
      const data = begun.staged ?? (await this.fetch(running, input, begun, renewal.signal));
      stored.publish(undefined);
      await catalog.completeUpload(task, imageId, begun.attempt, data);
      return { image_id: imageId };
    } catch (error) {
      if (error instanceof Refusal || error instanceof TaskFailure) {
        await catalog.failImport(task, imageId, error.message);
      }
      throw error;
    } finally {
      renewal.stop();
    }
  }

  async discard(task: Task): Promise<void> {
    const { image_id: imageId } = task.input as unknown as ImportInput;
    await this.parts.catalog.failImport(task, imageId, 'The import came to nothing.');
  }

  private async fetch(
    { progress, task }: RunningTask,
    input: ImportInput,
    begun: BegunImport,
    signal: AbortSignal,
  ): Promise<StoredImageData> {
    const { blobs, fetcher, log } = this.parts;
    if (input.method !== 'web-download')
      throw new TaskFailure('What was staged for this import is not there any more.');
    const { stream, size } = await fetcher.open(input.uri, begun.max_size, signal).catch((error: unknown) => {
      if (error instanceof FetchFailed) log.info({ err: error, task: task.id }, 'a URL could not be fetched');
      throw error instanceof FetchFailed || error instanceof FetchTooLarge ? new TaskFailure(error.message) : error;
    });
    let fetched = 0;
    stream.on('data', (chunk: Buffer) => progress((fetched += chunk.length), size ?? 0));
    try {
      const data = await storeImageData({
        ...{ source: stream, store: blobs, key: begun.key, signal, content: begun.content },
        ...{ declaredSize: size, maxSize: begun.max_size },
        onLeftover: (error) => log.warn({ err: error }, 'a broken import left data behind'),
      });
      const found = await blobs.stat(begun.key);
      if (found?.size !== data.size) throw new BlobStoreUnavailable('stored data is not what was received');
      return data;
    } catch (error) {
      if (error instanceof Refusal && error.code === 'image-too-large' && begun.over_quota) {
        throw new Refusal('quota-exceeded', begun.over_quota);
      }
      throw error;
    } finally {
      stream.destroy();
    }
  }
}
