import { channel } from 'node:diagnostics_channel';
import { BlobStoreUnavailable, type BlobStore } from '@cloud-images/blobs';
import { Refusal } from '@cloud-images/contracts';
import { storeImageData, type ExpectedDigest, type Pace, type StoredImageData } from '@cloud-images/image-data';
import type { Logger } from '@cloud-images/service-kit';
import type { Exchange } from '../edge/exchange.js';
import { expectedDigests } from './content-digest.js';
import { Lease } from './lease.js';
import type { Attempt, Ending, UploadCalls } from './upload-calls.js';

const begun = channel('cloud-images:upload.begun');
const dataStored = channel('cloud-images:upload.stored');
const completed = channel('cloud-images:upload.completed');

export interface UploadParts {
  readonly calls: UploadCalls;
  readonly store: BlobStore;
  readonly pace: Pace;
  readonly log: Logger;
}

interface Receiving {
  readonly exchange: Exchange;
  readonly imageId: string;
  readonly attempt: Attempt;
  readonly lease: Lease;
  readonly digests: readonly ExpectedDigest[];
  readonly ending: Ending;
}

/**
 * `PUT …/file` and `PUT …/stage`: begin at the catalog, then the bytes from the client straight into the store, then complete. However it
 * ends, the catalog is told, or its lease on the attempt runs out.
 */
export class Upload {
  private readonly running = new Set<Promise<void>>();

  constructor(private readonly parts: UploadParts) {}

  async receive(exchange: Exchange, imageId: string, ending: Ending): Promise<void> {
    const work = this.run(exchange, imageId, ending);
    const settled = work.catch(() => undefined);
    this.running.add(settled);
    void settled.finally(() => this.running.delete(settled));
    await work;
  }

  get inFlight(): number {
    return this.running.size;
  }

  /** When no upload is under way any more. */
  async settled(): Promise<void> {
    await Promise.all(this.running);
  }

  private async run(exchange: Exchange, imageId: string, ending: Ending): Promise<void> {
    const { calls } = this.parts;
    checkMediaType(exchange);
    const declaredSize = declared(exchange);
    const digests = expectedDigests(exchange.req.headers['content-digest']);
    const attempt = await calls.begin(exchange, imageId, declaredSize, ending);
    begun.publish(undefined);
    const lease = new Lease(attempt.lease_seconds * 1_000, () => calls.renew(exchange, attempt, imageId));
    const receiving = { exchange, imageId, attempt, lease, digests, ending };
    try {
      const stored = await this.store(receiving, declaredSize);
      dataStored.publish(undefined);
      await this.complete(receiving, stored);
      completed.publish(undefined);
    } finally {
      lease.stop();
    }
    exchange.res.writeHead(204, { 'x-openstack-request-id': exchange.requestId }).end();
  }

  private async store(receiving: Receiving, declaredSize: number | null): Promise<StoredImageData> {
    const { exchange, attempt, lease, digests } = receiving;
    const { store, pace, log } = this.parts;
    exchange.letBodyCome();
    try {
      return await storeImageData({
        source: exchange.req,
        store,
        key: attempt.key,
        declaredSize,
        maxSize: attempt.max_size,
        expected: digests,
        content: attempt.content,
        signal: lease.signal,
        pace,
        onLeftover: (error) =>
          log.warn({ err: error, request_id: exchange.requestId }, 'a broken upload left data behind'),
      });
    } catch (error) {
      const reason = overQuota(attempt, error) ?? error;
      // An attempt that has ended is not ours to fail any more.
      if (!lease.signal.aborted) await this.fail(receiving, reasonOf(reason), false);
      throw reason;
    }
  }

  private async complete(receiving: Receiving, stored: StoredImageData): Promise<void> {
    const { exchange, attempt, imageId, ending } = receiving;
    await this.assertStored(receiving, stored);
    try {
      await this.parts.calls.complete(exchange, attempt, imageId, stored, ending);
    } catch (error) {
      // Only a refusal says for certain that the image does not have this data. Else the key is left to the reaper.
      if (error instanceof Refusal) await this.remove(receiving);
      // The attempt still owns the image: it need not wait for its lease to run out.
      if (error instanceof Refusal && error.code === 'quota-exceeded') await this.fail(receiving, error.message, false);
      throw error;
    }
  }

  /** What was acknowledged as written must be there: an image whose bytes were lost on the way in is killed, not active. */
  private async assertStored(receiving: Receiving, stored: StoredImageData): Promise<void> {
    const { key } = receiving.attempt;
    const found = await this.parts.store.stat(key).catch(async (error: unknown) => {
      await this.fail(receiving, 'the store can not be read', false);
      throw error;
    });
    if (found?.size === stored.size) return;
    this.parts.log.error(
      { event: 'blob-damaged', request_id: receiving.exchange.requestId },
      'stored data is not what was received',
    );
    await this.fail(receiving, 'stored data is not what was received', true);
    throw new BlobStoreUnavailable('stored data is not what was received');
  }

  private async fail({ exchange, attempt, imageId }: Receiving, reason: string, killed: boolean): Promise<void> {
    try {
      await this.parts.calls.fail(exchange, attempt, imageId, reason, killed);
    } catch (error) {
      this.parts.log.warn({ err: error, request_id: exchange.requestId }, 'a failed upload is left to its lease');
    }
  }

  private async remove({ exchange, attempt }: Receiving): Promise<void> {
    try {
      await this.parts.store.delete(attempt.key);
    } catch (error) {
      this.parts.log.warn({ err: error, request_id: exchange.requestId }, 'superseded data is left to the reaper');
    }
  }
}

function checkMediaType({ req }: Exchange): void {
  const type = req.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
  if (type !== 'application/octet-stream') {
    throw new Refusal('unsupported-media-type', 'Image data must be sent as application/octet-stream.');
  }
}

/** Bytes as announced by Content-Length or, when that is unknown, by the image size header; null when by neither. */
function declared(exchange: Exchange): number | null {
  const length = exchange.bodyLength;
  const header = exchange.req.headers['x-openstack-image-size'];
  if (header === undefined) return length;
  if (typeof header !== 'string' || !/^\d{1,15}$/.test(header)) {
    throw new Refusal('bad-request', 'X-OpenStack-Image-Size must be a number of bytes.');
  }
  if (length !== null && length !== Number(header)) {
    throw new Refusal('size-mismatch', 'X-OpenStack-Image-Size and Content-Length differ.');
  }
  return Number(header);
}

/** More came than there was room for: the refusal says of what. */
function overQuota({ over_quota: message }: Attempt, error: unknown): Refusal | null {
  const tooMuch = error instanceof Refusal && error.code === 'image-too-large';
  return tooMuch && message ? new Refusal('quota-exceeded', message) : null;
}

function reasonOf(error: unknown): string {
  if (error instanceof Refusal) return error.code === 'upload-interrupted' ? 'the data stopped coming' : error.message;
  return 'the store is unavailable';
}
