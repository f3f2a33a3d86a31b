import { BlobNotFound, type BlobStore, type BlobStream } from '@cloud-images/blobs';
import type { BlobLocator } from '@cloud-images/contracts';
import type { Pace } from '@cloud-images/image-data';
import { unavailable, type Logger } from '@cloud-images/service-kit';
import type { Pool } from 'undici';
import type { Exchange } from '../edge/exchange.js';
import { answerHeaders } from '../forward/answer-headers.js';
import { noteRefusal } from '../forward/note-refusal.js';
import { observeSending, type Sent } from '../security/observe.js';
import type { SecurityLog } from '../security/security-log.js';
import type { Sessions } from '../identity/sessions.js';
import { locate, type Located } from './locate.js';
import { wantedRange, type ByteRange } from './range.js';
import type { Progress } from './send-stream.js';
import { sendWhole } from './send-whole.js';

export interface DownloadParts {
  readonly catalog: Pool;
  readonly store: BlobStore;
  readonly sessions: Sessions;
  readonly security: SecurityLog;
  readonly pace: Pace;
  readonly recheckMs: number;
  readonly log: Logger;
}

/** `GET …/file`: the catalog decides, the bytes go from the store straight to the client. */
export class Download {
  inFlight = 0;

  constructor(private readonly parts: DownloadParts) {}

  async send(exchange: Exchange, path: string): Promise<void> {
    const ask = () => locate(this.parts.catalog, path, this.headersInward(exchange));
    const answer = await ask();
    if (!answer.found) return passOn(exchange, answer);
    const { locator } = answer;
    const range = wantedRange(exchange.req.headers, locator.size, etagOf(locator));
    const stream = await this.open(exchange, locator, range, ask);
    if (stream === 'answered') return;
    this.writeHead(exchange, locator, range);
    const expected = range ? range.end - range.start + 1 : locator.size;
    const sent: Sent = { image: locator.image_id, size: locator.size, range, bytes: 0, finished: stream === null };
    if (stream === null) exchange.res.end();
    else Object.assign(sent, await this.stream(exchange, stream, expected, ask));
    observeSending(exchange, sent, this.parts.security);
  }

  private headersInward(exchange: Exchange): string[] {
    const { session } = exchange;
    return exchange.headersInward(session === null ? '' : this.parts.sessions.signedNow(session));
  }

  /** Null when there are no bytes to send. A blob that is missing was purged meanwhile, or is lost: the catalog knows. */
  private async open(
    exchange: Exchange,
    { image_id: image, key, size }: BlobLocator,
    range: ByteRange | null,
    ask: () => Promise<Located>,
  ): Promise<BlobStream | null | 'answered'> {
    if (key === null || size === 0) return null;
    try {
      return await this.parts.store.read(key, range ?? { start: 0, end: size - 1 });
    } catch (error) {
      if (!(error instanceof BlobNotFound)) throw error;
    }
    const again = await ask();
    if (!again.found) {
      passOn(exchange, again);
      return 'answered';
    }
    this.parts.log.error(
      { event: 'blob-missing', image, request_id: exchange.requestId },
      'the data of an image is missing',
    );
    throw unavailable();
  }

  private writeHead({ res, requestId }: Exchange, locator: BlobLocator, range: ByteRange | null): void {
    const { size, checksum } = locator;
    const length = range ? range.end - range.start + 1 : size;
    res.writeHead(range ? 206 : 200, {
      'content-type': 'application/octet-stream',
      'content-length': String(length),
      // In hex and of the whole image, on ranges too: what clients of this API compare with.
      'content-md5': checksum,
      etag: etagOf(locator),
      'accept-ranges': 'bytes',
      ...(range ? { 'content-range': `bytes ${range.start}-${range.end}/${size}` } : {}),
      'x-openstack-request-id': requestId,
    });
  }

  private async stream(
    exchange: Exchange,
    stream: BlobStream,
    expected: number,
    ask: () => Promise<Located>,
  ): Promise<Progress> {
    const recheck = setInterval(() => void this.cutWhenRefused(exchange, ask), this.parts.recheckMs);
    this.inFlight += 1;
    try {
      return await sendWhole(exchange, stream, expected, this.parts);
    } finally {
      clearInterval(recheck);
      this.inFlight -= 1;
    }
  }

  /** A started download runs to its end, also when the image is deleted meanwhile, unless reading it becomes forbidden. */
  private async cutWhenRefused({ res, requestId }: Exchange, ask: () => Promise<Located>): Promise<void> {
    const answer = await ask().catch(() => null);
    if (answer === null || answer.found || answer.status !== 403) return;
    this.parts.log.info(
      { event: 'download-cut', request_id: requestId },
      'a download was cut: the image may not be read any more',
    );
    res.destroy();
  }
}

const etagOf = ({ os_hash_value: digest }: BlobLocator): string => `"${digest}"`;

/** A 204 (no data yet) or a refusal, in the catalog's words. */
function passOn(exchange: Exchange, answer: Extract<Located, { found: false }>): void {
  const { res, requestId } = exchange;
  noteRefusal(exchange, answer.status, answer.headers);
  res.writeHead(answer.status, answerHeaders(answer.headers, requestId)).end(answer.body);
}
