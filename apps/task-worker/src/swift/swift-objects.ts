import { createHash, randomUUID } from 'node:crypto';
import { Refusal } from '@cloud-images/contracts';
import { ServiceUnavailable } from '@cloud-images/service-kit';
import type { NewObject, ObjectStorage, StoredObject } from '../object-storage.js';
import { swiftPath } from './object-path.js';
import { Pieces } from './pieces.js';
import { openAll, segmentsOf } from './reading.js';
import { SegmentsOfTask, type Segment } from './segments.js';
import type { SwiftClient } from './swift-client.js';
import { etagOf, originHeader, removeIfOf, runHeader, uploadTo, type Outcome } from './swift-upload.js';

export interface SwiftObjectsOptions {
  readonly client: SwiftClient;
  /** What is larger is written in segments of so many bytes. */
  readonly segmentBytes: number;
  /** How long Swift may let data wait. */
  readonly timeoutMs: number;
}

/** As Swift has it by default. */
const mostSegments = 1_000;

/**
 * A Swift as tasks use it, in the account of the task's project. One promise is weaker than with our own: Swift has no
 * transactions, so of two who create an object in the same instant both may hear that they did, and the later one is it.
 */
export class SwiftObjects implements ObjectStorage {
  constructor(private readonly options: SwiftObjectsOptions) {}

  async find(project: string, container: string, name: string): Promise<StoredObject | 'no container' | 'no object'> {
    const { client } = this.options;
    const path = swiftPath(project, container, name);
    if (path === null) return (await this.hasContainer(project, container)) ? 'no object' : 'no container';
    const { status, headers } = await client.call({ method: 'HEAD', path });
    if (status === 404) return (await this.hasContainer(project, container)) ? 'no object' : 'no container';
    if (status !== 200) throw new Error(`Swift answered ${status} to a look at an object`);
    const { [originHeader]: origin, 'content-length': length, 'x-object-manifest': manifest } = headers;
    const stretches =
      typeof manifest === 'string'
        ? await segmentsOf(client, project, manifest)
        : [{ path, size: typeof length === 'string' ? Number(length) : NaN, etag: etagOf(headers) }];
    if (stretches === null) return 'no object';
    const size = stretches.reduce((sum, { size: bytes }) => sum + bytes, 0);
    if (!Number.isSafeInteger(size)) throw new Error('Swift has an object without a size');
    return {
      size,
      origin: typeof origin === 'string' ? origin : null,
      kept: null,
      open: () => openAll(client, stretches),
    };
  }

  async create(object: NewObject): Promise<Outcome> {
    const { project, container, name, source, size } = object;
    const { segmentBytes, timeoutMs } = this.options;
    const pieces = new Pieces(source, timeoutMs);
    try {
      const found = await this.find(project, container, name);
      if (typeof found !== 'string') return 'exists';
      const path = swiftPath(project, container, name);
      if (found === 'no container' || path === null) return 'no container';
      if (size === null || size > segmentBytes) return await this.inSegments(object, path, pieces);
      const outcome = await this.put(object, path, pieces, { 'if-none-match': '*', 'content-length': String(size) });
      return typeof outcome === 'string' ? outcome : 'created';
    } catch (error) {
      // What cut the data off says more than that it was cut off.
      throw pieces.failure ?? error;
    } finally {
      source.destroy();
    }
  }

  /** What is left of the task's segments goes with it, or alone. */
  async removeFrom(origin: string, project: string, container: string, name: string): Promise<boolean> {
    const path = swiftPath(project, container, name);
    if (path === null) return false;
    const removed = await removeIfOf(this.options.client, origin, path);
    await new SegmentsOfTask(this.options.client, { project, container, name, origin }).remove({});
    return removed;
  }

  private async hasContainer(project: string, container: string): Promise<boolean> {
    const path = swiftPath(project, container);
    if (path === null) return false;
    const { status } = await this.options.client.call({ method: 'HEAD', path });
    if (status !== 404 && status >= 300) throw new Error(`Swift answered ${status} to a look at a container`);
    return status !== 404;
  }

  /** Each run has segments of its own; those of runs before go once the object stands. */
  private async inSegments(object: NewObject, path: string, pieces: Pieces): Promise<Outcome> {
    const { segmentBytes, client } = this.options;
    if ((object.size ?? 0) > mostSegments * segmentBytes) throw tooLarge();
    const segments = new SegmentsOfTask(client, object);
    const run = randomUUID().slice(0, 8);
    await segments.makePlace();
    let written: readonly Segment[];
    try {
      written = await this.writeSegments(object, segments, run, pieces);
    } catch (error) {
      // What can't be removed now goes with the task.
      await segments.remove({ run }).catch(() => undefined);
      throw error;
    }
    // Without knowing what came of the manifest its segments must stay; the next run, or the task's end, sees to them.
    const outcome = await this.putManifest(object, path, written, run);
    await segments.remove(outcome === 'created' ? { except: run } : { run }).catch(() => undefined);
    return outcome;
  }

  private async writeSegments(
    object: NewObject,
    segments: SegmentsOfTask,
    run: string,
    pieces: Pieces,
  ): Promise<Segment[]> {
    const { segmentBytes } = this.options;
    const written: Segment[] = [];
    for (let at = 0; !(await pieces.atEnd()); at += segmentBytes) {
      if (written.length === mostSegments) throw tooLarge();
      const { path, named } = segments.nth(run, written.length);
      const length: Record<string, string> =
        object.size === null ? {} : { 'content-length': String(Math.min(object.size - at, segmentBytes)) };
      const put = await this.put(object, path, pieces, length, segmentBytes);
      if (typeof put === 'string') throw new ServiceUnavailable('the container for segments is gone');
      written.push({ path: named, ...put });
    }
    const size = written.reduce((sum, { size_bytes: bytes }) => sum + bytes, 0);
    if (object.size !== null && size !== object.size) throw new Error('the data does not have the size it was said to');
    return written;
  }

  /** Names its run: a manifest of another one has other segments, however alike the objects are. */
  private putManifest(object: NewObject, path: string, segments: readonly Segment[], run: string): Promise<Outcome> {
    const etags = segments.map(({ etag }) => etag).join('');
    const etag = createHash('md5').update(etags).digest('hex');
    return uploadTo(this.options.client, {
      request: {
        ...{ method: 'PUT', path: `${path}?multipart-manifest=put`, body: JSON.stringify(segments) },
        headers: { ...headersOf(object), [runHeader]: run, 'if-none-match': '*' },
        signal: object.signal,
      },
      ...{ origin: object.origin, run, etag: () => etag, sent: () => true },
    });
  }

  private async put(
    object: NewObject,
    path: string,
    pieces: Pieces,
    headers: Readonly<Record<string, string>>,
    limit = Infinity,
  ): Promise<Outcome | Omit<Segment, 'path'>> {
    const stalled = new AbortController();
    const piece = pieces.next(limit, (error) => stalled.abort(error));
    const outcome = await uploadTo(this.options.client, {
      request: {
        ...{ method: 'PUT', path, headers: { ...headersOf(object), ...headers }, body: piece.bytes },
        signal: AbortSignal.any([object.signal, stalled.signal]),
      },
      ...{ origin: object.origin, etag: piece.md5, sent: piece.whole },
    });
    return outcome === 'created' ? { etag: piece.md5(), size_bytes: piece.size() } : outcome;
  }
}

const headersOf = ({ contentType, origin }: NewObject): Record<string, string> => ({
  'content-type': contentType,
  [originHeader]: origin,
});

const tooLarge = (): Refusal =>
  new Refusal('object-too-large', 'The object is larger than what the object store takes in segments.');
