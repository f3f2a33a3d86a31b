import type { Readable } from 'node:stream';
import { readParts } from '@cloud-images/blobs';
import { copyImageData, storeImageData } from '@cloud-images/image-data';
import { ServiceUnavailable } from '@cloud-images/service-kit';
import type { Creation, KeptData, NewObject, ObjectStorage, ObjectToMake, StoredObject } from '../object-storage.js';
import { beginAttempt, completeAttempt, failAttempt, renewAttempt } from './attempts.query.js';
import type { CloudFiles } from './cloud-files.js';
import { hasContainer } from './containers.query.js';
import { findObject, removeObject, type ObjectPath } from './objects.query.js';
import { partsOf } from './segments.query.js';

type Stored = Omit<KeptData, 'key'>;

/** Brings data under a fresh key, whole and durable, or fails. */
type Store = (key: string, signal: AbortSignal) => Promise<Stored>;

/** Cloud Files as tasks use them: the same tables and store, without HTTP. */
export class TaskObjects implements ObjectStorage {
  constructor(private readonly files: CloudFiles) {}

  async find(project: string, container: string, name: string): Promise<StoredObject | 'no container' | 'no object'> {
    const { sql, blobs } = this.files;
    const path = { project, container, name };
    const found = await findObject(sql, path);
    if (found === null) return (await hasContainer(sql, path)) ? 'no object' : 'no container';
    const { size, origin, key, segmented, md5: checksum, sha512 } = found;
    const open = segmented ? async () => readParts(blobs, await partsOf(sql, path)) : () => blobs.read(key);
    const kept = segmented || sha512 === null ? null : { key, size, checksum, sha512 };
    return { size, origin, kept, open };
  }

  async create(object: NewObject): Promise<Creation> {
    const { source, size: declaredSize } = object;
    const { blobs: store, maxObjectBytes: maxSize } = this.files;
    const cut = errorOf(source);
    try {
      return await this.attempted(object, async (key, signal) => {
        const stored = await storeImageData({ source, store, key, declaredSize, maxSize, signal });
        return { size: stored.size, checksum: stored.checksum, sha512: stored.os_hash_value };
      });
    } catch (error) {
      // What cut the data off says more than that it was cut off.
      throw cut() ?? error;
    } finally {
      source.destroy();
    }
  }

  async createOf(object: ObjectToMake, data: KeptData, passed: (bytes: number) => void): Promise<Creation> {
    const { blobs: store, maxObjectBytes: maxSize } = this.files;
    return this.attempted(object, async (to, signal) => {
      await copyImageData({ store, from: data.key, size: data.size, to, maxSize, signal, onProgress: passed });
      return data;
    });
  }

  removeFrom(origin: string, project: string, container: string, name: string): Promise<boolean> {
    const { sql, graceSeconds } = this.files;
    return removeObject(sql, { project, container, name }, graceSeconds, { origin });
  }

  /** What is left of one that was cut off has a lease, and goes with it. */
  private async attempted(object: ObjectToMake, store: Store): Promise<Creation> {
    const { sql, leaseSeconds } = this.files;
    const path = { project: object.project, container: object.container, name: object.name };
    if (!(await hasContainer(sql, path))) return 'no container';
    if ((await findObject(sql, path)) !== null) return 'exists';
    const { attempt, key } = await beginAttempt(sql, leaseSeconds);
    const lost = new AbortController();
    const renewal = setInterval(() => void this.renew(attempt, lost), (leaseSeconds * 1_000) / 3);
    try {
      const stored = await store(key, AbortSignal.any([object.signal, lost.signal]));
      return await this.complete(object, path, attempt, stored);
    } catch (error) {
      await failAttempt(sql, attempt).catch(() => undefined);
      throw error;
    } finally {
      clearInterval(renewal);
    }
  }

  private async complete(
    { contentType, origin }: ObjectToMake,
    path: ObjectPath,
    attempt: string,
    { size, checksum: md5, sha512 }: Stored,
  ): Promise<Creation> {
    const { sql, graceSeconds } = this.files;
    const facts = { size, md5, sha512, content_type: contentType, metadata: {}, origin, delete_at: null };
    const outcome = await completeAttempt(sql, attempt, { path, facts, ifAbsent: true, graceSeconds });
    if (outcome === 'stored') return 'created';
    await failAttempt(sql, attempt);
    if (outcome === 'ended') throw new ServiceUnavailable('the attempt to write an object has ended');
    return outcome;
  }

  private async renew(attempt: string, lost: AbortController): Promise<void> {
    const { sql, leaseSeconds } = this.files;
    const renewed = await renewAttempt(sql, attempt, leaseSeconds).catch(() => true);
    if (!renewed) lost.abort(new ServiceUnavailable('the attempt to write an object has ended'));
  }
}

function errorOf(source: Readable): () => Error | null {
  let failure: Error | null = null;
  source.once('error', (error) => (failure = error));
  return () => failure;
}
