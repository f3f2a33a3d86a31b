import type { Readable } from 'node:stream';
import { readParts } from '@cloud-images/blobs';
import { storeObjectData } from '@cloud-images/image-data';
import { ServiceUnavailable } from '@cloud-images/service-kit';
import type { NewObject, ObjectStorage, StoredObject } from '../object-storage.js';
import { beginAttempt, completeAttempt, failAttempt, renewAttempt, type Attempt } from './attempts.query.js';
import type { CloudFiles } from './cloud-files.js';
import { hasContainer } from './containers.query.js';
import { findObject, removeObject, type ObjectPath } from './objects.query.js';
import { partsOf } from './segments.query.js';

/** Cloud Files as tasks use them: the same tables and store, without HTTP. */
export class TaskObjects implements ObjectStorage {
  constructor(private readonly files: CloudFiles) {}

  async find(project: string, container: string, name: string): Promise<StoredObject | 'no container' | 'no object'> {
    const { sql, blobs } = this.files;
    const path = { project, container, name };
    const found = await findObject(sql, path);
    if (found === null) return (await hasContainer(sql, path)) ? 'no object' : 'no container';
    const { size, origin, key, segmented } = found;
    const open = segmented ? async () => readParts(blobs, await partsOf(sql, path)) : () => blobs.read(key);
    return { size, origin, open };
  }

  /** What is left of one that was cut off has a lease, and goes with it. */
  async create(object: NewObject): Promise<'created' | 'exists' | 'no container'> {
    const { sql, leaseSeconds } = this.files;
    const path = { project: object.project, container: object.container, name: object.name };
    if (!(await hasContainer(sql, path))) return 'no container';
    if ((await findObject(sql, path)) !== null) return 'exists';
    const cut = errorOf(object.source);
    const attempt = await beginAttempt(sql, leaseSeconds);
    const lost = new AbortController();
    const renewal = setInterval(() => void this.renew(attempt, lost), (leaseSeconds * 1_000) / 3);
    try {
      return await this.write(object, path, attempt, AbortSignal.any([object.signal, lost.signal]));
    } catch (error) {
      await failAttempt(sql, attempt.attempt).catch(() => undefined);
      // What cut the data off says more than that it was cut off.
      throw cut() ?? error;
    } finally {
      clearInterval(renewal);
      object.source.destroy();
    }
  }

  removeFrom(origin: string, project: string, container: string, name: string): Promise<boolean> {
    const { sql, graceSeconds } = this.files;
    return removeObject(sql, { project, container, name }, graceSeconds, { origin });
  }

  private async write(
    { source, size: declaredSize, contentType, origin }: NewObject,
    path: ObjectPath,
    { attempt, key }: Attempt,
    signal: AbortSignal,
  ): Promise<'created' | 'exists' | 'no container'> {
    const { sql, blobs: store, graceSeconds, maxObjectBytes: maxSize } = this.files;
    const stored = await storeObjectData({
      source,
      store,
      key,
      declaredSize,
      maxSize,
      signal,
    });
    const facts = {
      size: stored.size,
      md5: stored.checksum,
      content_type: contentType,
      metadata: {},
      origin,
      delete_at: null,
    };
    const outcome = await completeAttempt(sql, attempt, { path, facts, ifAbsent: true, graceSeconds });
    if (outcome === 'stored') return 'created';
    await failAttempt(sql, attempt);
    if (outcome === 'ended') throw new ServiceUnavailable('the attempt to write an object has ended');
    return outcome;
  }

  private async renew({ attempt }: Attempt, lost: AbortController): Promise<void> {
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
