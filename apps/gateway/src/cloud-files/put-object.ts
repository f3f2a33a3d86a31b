import { Readable } from 'node:stream';
import type { BlobStore } from '@cloud-images/blobs';
import { Refusal } from '@cloud-images/contracts';
import { storeImageData, type ExpectedDigest, type Pace, type StoredImageData } from '@cloud-images/image-data';
import { parseJsonBytes, type Logger } from '@cloud-images/service-kit';
import { Lease } from '../bytes/lease.js';
import type { Exchange } from '../edge/exchange.js';
import { answerHeaders } from '../forward/answer-headers.js';
import { noteRefusal } from '../forward/note-refusal.js';
import { readBody } from '../forward/read-body.js';
import {
  assertCopySize,
  assertOneAccount,
  copiedMetadata,
  CopiesUnderWay,
  copyName,
  pathOf,
  untilClosed,
} from './copies.js';
import type { LocatedObjects } from './located-objects.js';
import type { BegunObject, ObjectCalls, ObjectName } from './object-calls.js';

export interface PutObjectParts {
  readonly calls: ObjectCalls;
  readonly located: LocatedObjects;
  readonly store: BlobStore;
  readonly pace: Pace;
  readonly log: Logger;
}

interface NewData {
  readonly source: Readable;
  /** bytes; null when it is not announced. */
  readonly declaredSize: number | null;
  readonly expected: readonly ExpectedDigest[];
  readonly ifAbsent: boolean;
  readonly contentType: string;
  /** Ends it, where the source does not end with its client. */
  readonly signal?: AbortSignal;
}

/** A thousand segments with long names. */
const maxManifestBytes = 8 * 1024 * 1024;

const md5Text = /^"?([0-9a-f]{32})"?$/i;

/**
 * `PUT /v1/…/<object>`: begun at the task-worker, then the bytes from the client straight into the store, then complete.
 * An object of that name stays as it was until then.
 */
export class PutObject {
  private readonly running = new Set<Promise<unknown>>();
  private readonly copies = new CopiesUnderWay();

  constructor(private readonly parts: PutObjectParts) {}

  get inFlight(): number {
    return this.running.size;
  }

  async settled(): Promise<void> {
    await Promise.all(this.running);
  }

  async receive(exchange: Exchange, [account, container, object]: readonly string[]): Promise<void> {
    const name = { account: account!, container: container!, object: object! };
    const { 'x-copy-from': from } = exchange.req.headers;
    await this.tracked(
      from === undefined ? this.run(exchange, name) : this.copy(exchange, copyName(account!, String(from)), name),
    );
  }

  /** `COPY`: the path names the source. */
  async receiveCopy(exchange: Exchange, [account, container, object]: readonly string[]): Promise<void> {
    const source = { account: account!, container: container!, object: object! };
    const { destination } = exchange.req.headers;
    await this.tracked(this.copy(exchange, source, copyName(account!, destination as string | undefined)));
  }

  private async tracked(work: Promise<void>): Promise<void> {
    const settled = work.catch(() => undefined);
    this.running.add(settled);
    void settled.finally(() => this.running.delete(settled));
    await work;
  }

  private async run(exchange: Exchange, name: ObjectName): Promise<void> {
    const { calls } = this.parts;
    const { headers } = exchange.req;
    const expected = announcedDigest(headers.etag);
    const ifAbsent = absentOnly(headers['if-none-match']);
    const contentType = headers['content-type'] ?? 'application/octet-stream';
    if (isManifest(exchange)) {
      const segments = await readManifest(exchange);
      const md5 = expected[0]?.value.toString('hex') ?? null;
      const manifest = { segments, md5, content_type: contentType };
      return answer(exchange, `"${await calls.putManifest(exchange, name, ifAbsent, manifest)}"`);
    }
    const begun = await calls.begin(exchange, name, exchange.bodyLength, ifAbsent);
    exchange.letBodyCome();
    const data = { source: exchange.req, declaredSize: exchange.bodyLength, expected };
    answer(exchange, await this.write(exchange, name, begun, { ...data, ifAbsent, contentType }));
  }

  private async copy(exchange: Exchange, from: ObjectName, to: ObjectName): Promise<void> {
    const project = exchange.session?.identity.project ?? '';
    await this.copies.oneMore(project, () => this.copyOne(exchange, from, to));
  }

  /** The bytes go from the store through here into the store again: each object has data of its own. */
  private async copyOne(exchange: Exchange, from: ObjectName, to: ObjectName): Promise<void> {
    const { calls, located } = this.parts;
    const { res, requestId, route, bodyLength } = exchange;
    const { headers } = exchange.req;
    assertOneAccount(headers);
    if (bodyLength !== 0) throw new Refusal('body-not-allowed', 'A copy takes no body.');
    const ifAbsent = absentOnly(headers['if-none-match']);
    const found = await located.ask(exchange, pathOf(from));
    noteRefusal(exchange, found.status, found.headers);
    if (found.locator === null) {
      return void res.writeHead(found.status, answerHeaders(found.headers, requestId, route)).end(found.body);
    }
    const { size } = found.locator;
    assertCopySize(size);
    const signal = untilClosed(res);
    const begun = await calls.begin(exchange, to, size, ifAbsent, copiedMetadata(found.headers, headers));
    const source = size === 0 ? Readable.from([]) : await located.open(exchange, found, { start: 0, end: size - 1 });
    const contentType = headers['content-type'] ?? String(found.headers['content-type']);
    try {
      const data = { source, declaredSize: size, expected: [], ifAbsent, contentType, signal };
      answer(exchange, await this.write(exchange, to, begun, data));
    } finally {
      source.destroy();
    }
  }

  /** Its md5. */
  private async write(exchange: Exchange, name: ObjectName, begun: BegunObject, data: NewData): Promise<string> {
    const { calls } = this.parts;
    const lease = new Lease(begun.lease_seconds * 1_000, () => calls.renew(exchange, begun));
    try {
      const { size, checksum, os_hash_value: sha512 } = await this.store(exchange, begun, lease, data);
      const written = { size, md5: checksum, sha512, content_type: data.contentType };
      await calls.complete(exchange, begun, name, data.ifAbsent, written);
      return checksum;
    } finally {
      lease.stop();
    }
  }

  private async store(
    exchange: Exchange,
    begun: BegunObject,
    lease: Lease,
    { source, declaredSize, expected, signal }: NewData,
  ): Promise<StoredImageData> {
    const { store, pace, log, calls } = this.parts;
    try {
      return await storeImageData({
        source,
        store,
        key: begun.key,
        declaredSize,
        maxSize: begun.max_size,
        expected,
        signal: signal === undefined ? lease.signal : AbortSignal.any([lease.signal, signal]),
        pace,
        onLeftover: (error) =>
          log.warn({ err: error, request_id: exchange.requestId }, 'a broken upload left data behind'),
      });
    } catch (error) {
      await calls.fail(exchange, begun).catch((failure: unknown) => {
        log.warn({ err: failure, request_id: exchange.requestId }, 'a failed upload is left to its lease');
      });
      throw inWordsOfFiles(error, begun.max_size);
    }
  }
}

/** Throws `Refusal` for what else may be asked for under this name. */
function isManifest({ req }: Exchange): boolean {
  const wanted = /[?&]multipart-manifest=([^&]*)/i.exec(req.url ?? '')?.[1];
  if (wanted === undefined || wanted === 'put') return wanted === 'put';
  throw new Refusal('bad-request', "An upload's multipart-manifest can only be put.");
}

async function readManifest(exchange: Exchange): Promise<unknown> {
  const chunks: Buffer[] = [];
  const body = await readBody(exchange, maxManifestBytes);
  if (body instanceof Buffer) chunks.push(body);
  else for await (const chunk of body ?? []) chunks.push(chunk as Buffer);
  return parseJsonBytes(Buffer.concat(chunks));
}

function announcedDigest(etag: string | undefined): ExpectedDigest[] {
  if (etag === undefined || etag === '') return [];
  const [, hex] = md5Text.exec(etag) ?? [];
  if (hex === undefined) throw new Refusal('etag-mismatch', 'The ETag of an upload is the md5 of its data, in hex.');
  return [{ algorithm: 'md5', value: Buffer.from(hex, 'hex') }];
}

function absentOnly(condition: string | undefined): boolean {
  if (condition === undefined) return false;
  if (condition.trim() === '*') return true;
  throw new Refusal('bad-request', 'If-None-Match of an upload can only be *.');
}

function inWordsOfFiles(error: unknown, maxSize: number): unknown {
  if (!(error instanceof Refusal)) return error;
  if (error.code === 'image-too-large') {
    return new Refusal('object-too-large', `An object may have at most ${maxSize} bytes.`);
  }
  if (error.code === 'digest-mismatch')
    return new Refusal('etag-mismatch', 'The data does not have the announced ETag.');
  return error;
}

function answer({ res, requestId }: Exchange, etag: string): void {
  res
    .writeHead(201, {
      etag,
      'content-length': '0',
      'content-type': 'text/plain; charset=utf-8',
      'last-modified': new Date().toUTCString(),
      'x-openstack-request-id': requestId,
      'x-trans-id': requestId,
    })
    .end();
}
