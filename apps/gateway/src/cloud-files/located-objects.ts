import type { IncomingHttpHeaders } from 'node:http';
import { BlobNotFound, readParts, type BlobPart, type BlobStore, type BlobStream } from '@cloud-images/blobs';
import { internalHeaders, type FileLocator } from '@cloud-images/contracts';
import { ServiceUnavailable, unavailable, type Logger } from '@cloud-images/service-kit';
import type { Pool } from 'undici';
import type { ByteRange } from '../bytes/range.js';
import type { Exchange } from '../edge/exchange.js';
import type { Sessions } from '../identity/sessions.js';

export interface LocatedObjectsParts {
  readonly taskWorker: Pool;
  readonly store: BlobStore;
  readonly sessions: Sessions;
  readonly log: Logger;
}

/** What the task-worker says to a caller who wants an object. */
export interface ObjectAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** Null: the answer itself is what the caller gets, a refusal or a manifest. */
  readonly locator: FileLocator | null;
}

/** The task-worker says where objects are, the store has their bytes. */
export class LocatedObjects {
  constructor(private readonly parts: LocatedObjectsParts) {}

  /** As the caller. Throws `ServiceUnavailable`. */
  async ask(exchange: Exchange, path: string): Promise<ObjectAnswer> {
    const { session } = exchange;
    const headers = exchange.headersInward(session === null ? '' : this.parts.sessions.signedNow(session));
    try {
      const answer = await this.parts.taskWorker.request({ method: 'GET', path, headers });
      const body = Buffer.from(await answer.body.arrayBuffer());
      const { statusCode: status } = answer;
      if (status === 401) throw new Error('the task-worker did not believe our identity');
      const where = status === 200 ? answer.headers[internalHeaders.locator] : undefined;
      const locator = where === undefined ? null : (JSON.parse(String(where)) as FileLocator);
      return { status, headers: answer.headers, body, locator };
    } catch (error) {
      throw new ServiceUnavailable('the task-worker did not say where an object is', { cause: error });
    }
  }

  /** An object's data outlives it by a grace: that it is not there means that it is lost. */
  async open({ requestId }: Exchange, { locator, body }: ObjectAnswer, range: ByteRange): Promise<BlobStream> {
    const { store, log } = this.parts;
    const key = locator?.key ?? null;
    if (key === null) return readParts(store, (JSON.parse(body.toString()) as { parts: BlobPart[] }).parts, range);
    try {
      return await store.read(key, range);
    } catch (error) {
      if (!(error instanceof BlobNotFound)) throw error;
      log.error({ event: 'blob-missing', key, request_id: requestId }, 'the data of an object is missing');
      throw unavailable();
    }
  }
}
