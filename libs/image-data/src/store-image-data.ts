// One pass over a stream of image data: counted, hashed, inspected, limited and written. Either the blob stands, whole and durable,
// and its size and digests are returned, or nothing of it is left in the store.
import type { Readable } from 'node:stream';
import { BlobStoreFull, type BlobStore, type BlobWriter } from '@cloud-images/blobs';
import { Refusal } from '@cloud-images/contracts';
import { ContentCheck, notLookedAt, type ContentRule, type KnownContent } from './content-check.js';
import { Digests, type ExpectedDigest } from './digests.js';
import { Patience, type Pace } from './patience.js';
import { assertFits, storageFull, tooLarge } from './refusals.js';
import { SourceReader } from './source-reader.js';

export interface StoreImageData {
  /** Read to its end, or left where it is when refused: never destroyed, so that the caller can still answer. */
  readonly source: Readable;
  readonly store: BlobStore;
  /** A fresh key. */
  readonly key: string;
  /** bytes; null when the client sent no length */
  readonly declaredSize: number | null;
  /** bytes */
  readonly maxSize: number;
  /** What the client says the data hashes to: compared before anything is committed. */
  readonly expected?: readonly ExpectedDigest[];
  /** Its reason is what is thrown: a `Refusal`, or an error that then stands for an interrupted upload. */
  readonly signal?: AbortSignal;
  readonly pace?: Pace;
  /** Told when the store could not remove what a failed upload had written: the reaper will have to. */
  readonly onLeftover?: (error: unknown) => void;
  /** Null or absent: any data will do. */
  readonly content?: ContentRule | null;
}

export interface StoredImageData extends KnownContent {
  /** bytes */
  readonly size: number;
  /** md5, hex */
  readonly checksum: string;
  readonly os_hash_algo: 'sha512';
  /** hex */
  readonly os_hash_value: string;
}

export const defaultPace: Pace = { windowMs: 60_000, minBytesPerSecond: 1024 };

/**
 * Throws `Refusal` (`image-too-large`, `size-mismatch`, `digest-mismatch`, `content-mismatch`, `content-dangerous`,
 * `upload-interrupted`, `storage-full`), or the store's own error when it is unavailable.
 */
export async function storeImageData(request: StoreImageData): Promise<StoredImageData> {
  if (request.declaredSize !== null) assertFits(request.declaredSize, request.maxSize);
  const digests = new Digests(['md5', 'sha-512'], request.expected);
  const content = request.content ? new ContentCheck(request.content) : notLookedAt;
  const reader = new SourceReader(request.source);
  const giveUp = () => reader.fail(interruption(request.signal?.reason));
  const patience = new Patience(request.pace ?? defaultPace, () =>
    reader.fail(new Refusal('upload-interrupted', 'The upload was too slow and was given up.')),
  );
  request.signal?.addEventListener('abort', giveUp);
  if (request.signal?.aborted) giveUp();
  try {
    const stored = await write(request, { digests, content }, () => patience.of(reader.next()));
    return { ...stored, os_hash_algo: 'sha512', os_hash_value: digests.hex('sha-512') };
  } finally {
    patience.stop();
    digests.drop();
    request.signal?.removeEventListener('abort', giveUp);
    reader.release();
  }
}

/** What looks at the chunks as they pass. */
interface Seen {
  readonly digests: Digests;
  readonly content: Pick<ContentCheck, 'see' | 'conclude'>;
}

type Stored = Omit<StoredImageData, 'os_hash_algo' | 'os_hash_value'>;

type NextChunk = () => Promise<Buffer | null>;

async function write(request: StoreImageData, seen: Seen, next: NextChunk): Promise<Stored> {
  const { store, key, declaredSize } = request;
  const writer = await store.writer(key, declaredSize === null ? {} : { expectedSize: declaredSize }).catch(refuseFull);
  try {
    const stored = await pump(request, seen, writer, next);
    await writer.commit();
    return stored;
  } catch (error) {
    await writer.abort().catch((leftover: unknown) => request.onLeftover?.(leftover));
    return refuseFull(error);
  }
}

async function pump(
  request: StoreImageData,
  { digests, content }: Seen,
  writer: BlobWriter,
  next: NextChunk,
): Promise<Stored> {
  const limit = Math.min(request.maxSize, request.declaredSize ?? Infinity);
  let size = 0;
  for (;;) {
    const chunk = await next().catch(refuseInterrupted);
    if (!chunk) break;
    size += chunk.length;
    if (size > limit) throw size > request.maxSize ? tooLarge(request.maxSize) : mismatch(request.declaredSize);
    content.see(chunk);
    const room = digests.update(chunk);
    if (room !== undefined) await room;
    await writer.write(chunk);
  }
  if (request.declaredSize !== null && size !== request.declaredSize) throw mismatch(request.declaredSize);
  const known = content.conclude();
  await digests.finish();
  const wrong = digests.differing();
  if (wrong !== null)
    throw new Refusal('digest-mismatch', `The data does not have the ${wrong} digest that was announced.`);
  return { size, checksum: digests.hex('md5'), ...known };
}

const mismatch = (declared: number | null): Refusal =>
  new Refusal('size-mismatch', `The data does not have the declared size of ${declared} bytes.`);

const interruption = (reason: unknown): Error =>
  reason instanceof Error ? reason : new Refusal('upload-interrupted', 'The upload was given up.');

function refuseInterrupted(error: unknown): never {
  if (error instanceof Refusal) throw error;
  throw new Refusal('upload-interrupted', 'The data ended before the request did.');
}

function refuseFull(error: unknown): never {
  throw error instanceof BlobStoreFull ? storageFull() : error;
}
