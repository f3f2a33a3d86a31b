import type { IncomingHttpHeaders } from 'node:http';
import type { BlobStream } from '@cloud-images/blobs';
import { Refusal } from '@cloud-images/contracts';
import type { Pace } from '@cloud-images/image-data';
import type { Logger } from '@cloud-images/service-kit';
import { wantedRange } from '../bytes/range.js';
import { sendWhole } from '../bytes/send-whole.js';
import type { Exchange } from '../edge/exchange.js';
import { answerHeaders } from '../forward/answer-headers.js';
import { noteRefusal } from '../forward/note-refusal.js';
import type { LocatedObjects } from './located-objects.js';

export interface GetObjectParts {
  readonly located: LocatedObjects;
  readonly pace: Pace;
  readonly log: Logger;
}

/** `GET /v1/…/<object>`: the task-worker says where, the bytes go from the store straight to the client. */
export class GetObject {
  inFlight = 0;

  constructor(private readonly parts: GetObjectParts) {}

  async send(exchange: Exchange, path: string): Promise<void> {
    const { res, requestId, route, req } = exchange;
    const { located } = this.parts;
    const answer = await located.ask(exchange, path);
    const headers = answerHeaders(answer.headers, requestId, route);
    noteRefusal(exchange, answer.status, answer.headers);
    if (answer.locator === null) return void res.writeHead(answer.status, headers).end(answer.body);
    const { size, md5 } = answer.locator;
    const met = condition(req.headers, md5);
    if (met === 'not modified') return void res.writeHead(304, without(headers, 'content-length')).end();
    const range = wantedRange(req.headers, size, md5);
    const length = range === null ? size : range.end - range.start + 1;
    const bytes = range ?? { start: 0, end: size - 1 };
    const stream = length === 0 ? null : await located.open(exchange, answer, bytes);
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
