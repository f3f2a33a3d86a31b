import { Agent, type Dispatcher } from 'undici';
import { failureOfAnswer } from './failure.js';
import type { S3BlobStoreOptions } from './options.js';
import { Signer, type ToSign } from './signer.js';

/** A byte of a part in flight is given this long in the worst case, beside the time of a call: 256 KiB a second. */
const msPerByte = 1_000 / (256 * 1024);
/** Shares of the timeout: 0.2, 1 and 2.5 s of 30. A server that restarts is back within seconds. */
const pauses = [1 / 150, 1 / 30, 1 / 12];
const connectTimeoutMs = 5_000;
const maxConnections = 512;
const maxAnswerBytes = 1024 * 1024;

export interface S3Call extends ToSign {
  readonly headers?: Record<string, string>;
  readonly body?: Buffer | string;
}

export interface S3Answer {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** The bucket at the end of two clients: the minio package's for the books, undici for what must be quick. */
export class S3Connection {
  readonly signer: Signer;
  readonly bucket: string;
  readonly timeoutMs: number;
  readonly pausesMs: readonly number[];
  readonly #agent: Agent;

  constructor(readonly options: S3BlobStoreOptions) {
    this.bucket = options.bucket;
    this.timeoutMs = options.timeoutMs ?? 30_000;
    this.pausesMs = pauses.map((share) => share * this.timeoutMs);
    this.signer = new Signer(options, this.timeoutMs);
    this.#agent = new Agent({
      connections: maxConnections,
      pipelining: 1,
      connect: { timeout: connectTimeoutMs, ...(options.ca === undefined ? {} : { ca: options.ca }) },
    });
  }

  /** Sends one request and reads its whole, small answer. Throws an `S3Failure`, or what the driver throws. */
  async call({ method, key, query, headers = {}, body }: S3Call): Promise<S3Answer> {
    const answer = await this.#agent.request({
      ...this.target({ method, key, ...(query === undefined ? {} : { query }) }),
      headers,
      body: body ?? null,
      // One deadline for all of it: the driver's own one for headers would run while a body is still being sent.
      headersTimeout: 0,
      bodyTimeout: 0,
      signal: AbortSignal.timeout(Math.ceil(this.timeoutMs + (body?.length ?? 0) * msPerByte)),
    });
    const text = await textOf(answer.body);
    if (answer.statusCode > 299) throw failureOfAnswer(answer.statusCode, text);
    return { headers: answer.headers, text };
  }

  dispatch(request: ToSign & { headers: Record<string, string> }, handler: Dispatcher.DispatchHandler): void {
    const { headers } = request;
    const timeouts = { headersTimeout: this.timeoutMs, bodyTimeout: this.timeoutMs };
    this.#agent.dispatch({ ...this.target(request), headers, ...timeouts }, handler);
  }

  private target(request: ToSign): { origin: string; path: string; method: Dispatcher.HttpMethod } {
    const url = this.signer.presign(request);
    const at = url.indexOf('/', 'https://'.length);
    return { origin: url.slice(0, at), path: url.slice(at), method: request.method };
  }
}

async function textOf(body: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of body) {
    length += part.length;
    if (length <= maxAnswerBytes) parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}
