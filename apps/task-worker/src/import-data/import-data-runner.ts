import { channel } from 'node:diagnostics_channel';
import type { Readable } from 'node:stream';
import { BlobStoreUnavailable, type BlobStore } from '@cloud-images/blobs';
import { Refusal } from '@cloud-images/contracts';
import { compressionHeadBytes } from '@cloud-images/disk-formats';
import { storeImageData, type ContentRule, type StoredImageData } from '@cloud-images/image-data';
import { FetchFailed, FetchTooLarge, type SafeFetcher } from '@cloud-images/safe-fetch';
import type { Logger } from '@cloud-images/service-kit';
import type { BegunImport, Catalog, Place } from '../catalog.js';
import type { Converter, Received } from '../conversion/converter.js';
import { Renewal } from '../task/renewal.js';
import { TaskFailure, type Runner, type RunningTask } from '../task/runner.js';
import type { Task } from '../task/task.js';
import type { ImportInput } from './import-data.js';
import { peeked } from './peeked.js';
import { boundOf, decompressedBound, stepsFor, type ReworkSteps } from './rework-steps.js';

const begunImport = channel('cloud-images:image-import.begun');
const reworking = channel('cloud-images:image-import.reworking');
const decompressed = channel('cloud-images:image-import.decompressed');
const converted = channel('cloud-images:image-import.converted');
const stored = channel('cloud-images:image-import.stored');

export interface ImportDataParts {
  readonly catalog: Catalog;
  readonly blobs: BlobStore;
  readonly fetcher: SafeFetcher;
  readonly converter: Converter;
  /** Compressed data that becomes more than so many times as large is not decompressed. */
  readonly maxRatio: number;
  readonly log: Logger;
}

/** What lies in the store, and what the disk was converted to. */
interface Brought extends StoredImageData {
  readonly disk_format?: string;
}

const nothing: ReworkSteps = { compression: null, convertTo: null };

/** queued or uploading → importing → active, or back to queued with nothing kept. */
export class ImportDataRunner implements Runner {
  readonly byUsers = false;

  constructor(private readonly parts: ImportDataParts) {}

  problemOf(): string | null {
    return null;
  }

  async run(running: RunningTask): Promise<Record<string, unknown>> {
    const { task, run } = running;
    const { catalog, converter } = this.parts;
    const input = task.input as unknown as ImportInput;
    const { image_id: imageId, method } = input;
    // What an earlier run was fetching is not gone on with; whoever still writes it is told that its attempt has ended.
    if (run > 1 && method === 'web-download') await catalog.failImport(task, imageId, 'The worker ended.');
    const begun = await catalog.beginImport(task, imageId, method);
    begunImport.publish(undefined);
    if (begun.done) return { image_id: imageId };
    try {
      if (input.method === 'glance-direct') await this.bringStaged(running, imageId, begun);
      else await this.bringIn(running, imageId, begun, (kept) => this.fetch(kept, input.uri, begun));
      return { image_id: imageId };
    } catch (error) {
      if (error instanceof Refusal || error instanceof TaskFailure) {
        await catalog.failImport(task, imageId, error.message);
      }
      throw error;
    } finally {
      await converter.clear(task.id);
    }
  }

  async discard(task: Task): Promise<void> {
    const { image_id: imageId } = task.input as unknown as ImportInput;
    await this.parts.converter.clear(task.id);
    await this.parts.catalog.failImport(task, imageId, 'The import came to nothing.');
  }

  /** What was staged is the image's as it lies there, or what the site makes of it, under a key of this run's own. */
  private async bringStaged(running: RunningTask, imageId: string, begun: BegunImport): Promise<void> {
    const { blobs, catalog } = this.parts;
    const { staged } = begun;
    if (staged === null) throw new TaskFailure('What was staged for this import is not there any more.');
    const end = Math.min(compressionHeadBytes, staged.size) - 1;
    const look = begun.decompress && begun.content !== null && end >= 0;
    const head = look ? await bytesOf(await blobs.read(staged.key, { start: 0, end })) : Buffer.alloc(0);
    const steps = stepsFor(begun.content, begun, head);
    // An earlier run may have found something to do, by other settings: what it began under is not to be used any more.
    if (steps === null && begun.key === staged.key) return this.bringIn(running, imageId, begun, async () => staged);
    const place = await catalog.reworkImport(running.task, imageId);
    reworking.publish(undefined);
    await this.bringIn(running, imageId, place, async (kept) => {
      const source = await blobs.read(staged.key);
      const passed = (bytes: number) => running.progress(bytes, staged.size);
      return this.rework(kept, { source, passed }, { place, content: begun.content, steps: steps ?? nothing });
    });
  }

  /** Keeps the attempt while the data comes, and makes it the image's. */
  private async bringIn(
    running: RunningTask,
    imageId: string,
    { attempt, lease_seconds: seconds, over_quota: overQuota }: Place,
    bring: (kept: RunningTask) => Promise<Brought>,
  ): Promise<void> {
    const { catalog } = this.parts;
    const { task } = running;
    const renewal = new Renewal(seconds, running.signal, () => catalog.renewUpload(task, imageId, attempt));
    try {
      const data = await bring({ ...running, signal: renewal.signal });
      stored.publish(undefined);
      await catalog.completeUpload(task, imageId, attempt, data);
    } catch (error) {
      const tooMuch = error instanceof Refusal && error.code === 'image-too-large';
      throw tooMuch && overQuota ? new Refusal('quota-exceeded', overQuota) : error;
    } finally {
      renewal.stop();
    }
  }

  private async fetch(running: RunningTask, uri: string, begun: BegunImport): Promise<Brought> {
    const { fetcher, log } = this.parts;
    const { task, signal } = running;
    const { content, max_size: maxSize } = begun;
    const { stream, size } = await fetcher.open(uri, maxSize, signal).catch((error: unknown) => {
      if (error instanceof FetchFailed) log.info({ err: error, task: task.id }, 'a URL could not be fetched');
      throw error instanceof FetchFailed || error instanceof FetchTooLarge ? new TaskFailure(error.message) : error;
    });
    try {
      const passed = (bytes: number) => running.progress(bytes, size ?? 0);
      const bytes = begun.decompress ? compressionHeadBytes : 0;
      const { head, source } = await peeked(stream, { bytes, maxSize, passed });
      const steps = stepsFor(content, begun, head);
      if (steps !== null) return await this.rework(running, { source }, { place: begun, content, steps });
      return await this.store(source, { place: begun, content, size, signal });
    } finally {
      stream.destroy();
    }
  }

  /** By way of files that nothing is left of. */
  private async rework(
    { task, signal }: RunningTask,
    received: Pick<Received, 'source' | 'passed'>,
    { place, content, steps }: { place: Place; content: ContentRule | null; steps: ReworkSteps },
  ): Promise<Brought> {
    const { converter, maxRatio } = this.parts;
    const { compression, convertTo } = steps;
    return converter.rework({ taskId: task.id, signal, ...received }, async (files) => {
      if (compression !== null) {
        const bound = decompressedBound(await files.size(), maxRatio, place.max_size);
        await files.decompress(compression, bound);
        decompressed.publish(undefined);
      }
      if (convertTo !== null && content !== null) {
        await files.convert(content.disk_format, convertTo, boundOf(place.max_size));
        converted.publish(undefined);
      }
      const file = await files.file();
      const rule = content && { ...content, disk_format: convertTo ?? content.disk_format };
      const data = await this.store(file.source, { place, content: rule, size: file.size, signal });
      return convertTo === null ? data : { ...data, disk_format: convertTo };
    });
  }

  private async store(
    source: Readable,
    {
      place,
      content,
      size,
      signal,
    }: { place: Place; content: ContentRule | null; size: number | null; signal: AbortSignal },
  ): Promise<StoredImageData> {
    const { blobs, log } = this.parts;
    const { key, max_size: maxSize } = place;
    const data = await storeImageData({
      ...{ source, store: blobs, key, signal, content, declaredSize: size, maxSize },
      onLeftover: (error) => log.warn({ err: error }, 'a broken import left data behind'),
    });
    const found = await blobs.stat(key);
    if (found?.size !== data.size) throw new BlobStoreUnavailable('stored data is not what was received');
    return data;
  }
}

async function bytesOf(stream: Readable): Promise<Buffer> {
  return Buffer.concat((await stream.toArray()) as Buffer[]);
}
