import type { IncomingHttpHeaders } from 'node:http';
import { BlobNotFound, readParts, type BlobPart, type BlobStore, type BlobStream } from '@cloud-images/blobs';
import { internalHeaders, Refusal, type FileLocator } from '@cloud-images/contracts';
import type { Pace } from '@cloud-images/image-data';
import { ServiceUnavailable, unavailable, type Logger } from '@cloud-images/service-kit';
import type { Pool } from 'undici';
import { wantedRange, type ByteRange } from '../bytes/range.js';
import { sendWhole } from '../bytes/send-whole.js';
import type { Exchange } from '../edge/exchange.js';
import { answerHeaders } from '../forward/answer-headers.js';
import type { Sessions } from '../identity/sessions.js';

export interface GetObjectParts {
  readonly taskWorker: Pool;
  readonly store: BlobStore;
  readonly sessions: Sessions;
  readonly pace: Pace;
  readonly log: Logger;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** `GET /v1/…/<object>`: the task-worker says where, the bytes go from the store straight to the client. */
export class GetObject {
  inFlight = 0;

  constructor(private readonly parts: GetObjectParts) {}

  async send(exchange: Exchange, path: string): Promise<void> {
    const { res, requestId, route, req } = exchange;
    const answer = await this.ask(exchange, path);
    const headers = answerHeaders(answer.headers, requestId, route);
    const where = answer.headers[internalHeaders.locator];
    // Without a locator it is the answer itself: a refusal, or a manifest.
    if (answer.status !== 200 || where === undefined) {
      return void res.writeHead(answer.status, headers).end(answer.body);
    }
    const { key, size, md5 } = JSON.parse(String(where)) as FileLocator;
    const met = condition(req.headers, md5);
    if (met === 'not modified') return void res.writeHead(304, without(headers, 'content-length')).end();
    const range = wantedRange(req.headers, size, md5);
    const length = range === null ? size : range.end - range.start + 1;
    const bytes = range ?? { start: 0, end: size - 1 };
    const stream =
      length === 0 ? null : key === null ? this.openParts(answer, bytes) : await this.open(exchange, key, bytes);
    const ranged = range === null ? [] : ['content-range', `bytes ${range.start}-${range.end}/${size}`];
    res.writeHead(range === null ? 200 : 206, [
      ...without(headers, 'content-length'),
      'content-length',
      String(length),
      ...ranged,
    ]);
    if (stream === null) res.end();
    else await this.stream(exchange, stream, length);
  }

  private async ask(exchange: Exchange, path: string): Promise<Answer> {
    const { session } = exchange;
    const headers = exchange.headersInward(session === null ? '' : this.parts.sessions.signedNow(session));
    try {
      const answer = await this.parts.taskWorker.request({ method: 'GET', path, headers });
      const body = Buffer.from(await answer.body.arrayBuffer());
      if (answer.statusCode === 401) throw new Error('the task-worker did not believe our identity');
      return { status: answer.statusCode, headers: answer.headers, body };
    } catch (error) {
      throw new ServiceUnavailable('the task-worker did not say where an object is', { cause: error });
    }
  }

  /** An object's data outlives it by a grace: that it is not there means that it is lost. */
  private async open({ requestId }: Exchange, key: string, range: ByteRange): Promise<BlobStream> {
    try {
      return await this.parts.store.read(key, range);
    } catch (error) {
      if (!(error instanceof BlobNotFound)) throw error;
      this.parts.log.error({ event: 'blob-missing', key, request_id: requestId }, 'the data of an object is missing');
      throw unavailable();
    }
  }

  private openParts({ body }: Answer, range: ByteRange): BlobStream {
    const { parts } = JSON.parse(body.toString()) as { parts: BlobPart[] };
    return readParts(this.parts.store, parts, range);
  }

  private async stream(exchange: Exchange, stream: BlobStream, expected: number): Promise<void> {
    this.inFlight += 1;
    try {
      await sendWhole(exchange, stream, expected, this.parts);
    } finally {
      this.inFlight -= 1;
    }
  }
}

/** RFC 9110, 13.1, by ETag; with or without quotes, as this API's clients send it. */
function condition(headers: IncomingHttpHeaders, md5: string): 'go on' | 'not modified' {
  const names = (list: string) => list.split(',').map((tag) => tag.trim().replace(/^W\//, '').replaceAll('"', ''));
  const matches = (list: string) => list.trim() === '*' || names(list).includes(md5);
  const { 'if-match': wanted, 'if-none-match': unwanted } = headers;
  if (wanted !== undefined && !matches(wanted)) {
    throw new Refusal('precondition-failed', 'The object has another ETag.');
  }
  return unwanted !== undefined && matches(unwanted) ? 'not modified' : 'go on';
}

function without(headers: readonly string[], name: string): string[] {
  const kept: string[] = [];
  for (let at = 0; at < headers.length; at += 2) {
    if (headers[at] !== name) kept.push(headers[at]!, headers[at + 1]!);
  }
  return kept;
}
