import { createHash } from 'node:crypto';
import { BlobStoreUnavailable } from '@cloud-images/blobs';
import { beginHash, type RemoteHash } from './hash-threads.js';

type Algorithm = 'sha-256' | 'sha-512' | 'md5';

/** A digest that data shall have. */
export interface ExpectedDigest {
  readonly algorithm: Algorithm;
  readonly value: Buffer;
}

/** What fits into one block is hashed where it is. */
const blockBytes = 512 * 1024;
/** Of one stream: one is being filled while two are being hashed. */
const blocks = 3;
/** Kept for the streams to come, of all that have ended. */
const maxFree = 4;
const free: SharedArrayBuffer[] = [];

/**
 * Digests of data, made together in one pass, each in a thread of its own (ADR 22): the two of an image take longer than
 * all else that is done with its bytes. Who makes them must call `drop` in the end.
 */
export class Digests {
  readonly #algorithms: readonly Algorithm[];
  #hashes: readonly RemoteHash[] | null = null;
  readonly #made = new Map<Algorithm, Buffer>();
  #memory: SharedArrayBuffer | null = null;
  #bytes: Uint8Array = new Uint8Array();
  /** The blocks are filled in turn: number of the one that is being filled, counted on and on. */
  #block = 0;
  #filled = 0;
  readonly #hashing = new Map<number, Promise<void>>();
  #failure: BlobStoreUnavailable | null = null;

  /** Of the `wanted` algorithms, and of those that are needed to compare with what is expected. */
  constructor(
    wanted: readonly Algorithm[],
    private readonly expected: readonly ExpectedDigest[] = [],
  ) {
    this.#algorithms = [...new Set([...wanted, ...expected.map(({ algorithm }) => algorithm)])];
  }

  /** Copies the chunk; with a promise when the threads are behind: until then the chunk must stay as it is. */
  update(chunk: Buffer): Promise<void> | undefined {
    if (this.#memory === null) this.#hold(free.pop() ?? new SharedArrayBuffer(blocks * blockBytes));
    for (let at = 0; at < chunk.length;) {
      if (this.#hashing.has(this.#block - blocks)) return this.#whenFree(chunk.subarray(at));
      const from = (this.#block % blocks) * blockBytes;
      const copied = Math.min(chunk.length - at, blockBytes - this.#filled);
      this.#bytes.set(chunk.subarray(at, at + copied), from + this.#filled);
      at += copied;
      this.#filled += copied;
      if (this.#filled === blockBytes) this.#handOver();
    }
    return undefined;
  }

  /** Throws `BlobStoreUnavailable` when a thread has died. */
  async finish(): Promise<void> {
    if (this.#hashes === null) {
      const all = this.#bytes.subarray(0, this.#filled);
      for (const algorithm of this.#algorithms)
        this.#made.set(algorithm, createHash(nodeNames[algorithm]).update(all).digest());
      return;
    }
    if (this.#filled > 0) this.#handOver();
    await Promise.all(this.#hashing.values());
    if (this.#failure !== null) throw this.#failure;
    const made = await Promise.all(this.#hashes.map((hash) => hash.finish())).catch((cause: unknown) => {
      throw new BlobStoreUnavailable('the digests were lost', { cause });
    });
    this.#algorithms.forEach((algorithm, nth) => this.#made.set(algorithm, made[nth]!));
  }

  /** Frees what is held, finished or not. */
  drop(): void {
    for (const hash of this.#hashes ?? []) hash.drop();
    // What is still being hashed belongs to the threads.
    if (this.#memory !== null && this.#hashing.size === 0 && free.length < maxFree) free.push(this.#memory);
    this.#memory = null;
  }

  /** Of the finished data. Throws for an algorithm that was not wanted. */
  hex(algorithm: Algorithm): string {
    const made = this.#made.get(algorithm);
    if (made === undefined) throw new Error(`no ${algorithm} was made`);
    return made.toString('hex');
  }

  /** The algorithm by which the finished data is not what was expected; null when it is. */
  differing(): Algorithm | null {
    const wrong = this.expected.find(({ algorithm, value }) => this.#made.get(algorithm)?.equals(value) !== true);
    return wrong?.algorithm ?? null;
  }

  #hold(memory: SharedArrayBuffer): void {
    this.#memory = memory;
    this.#bytes = new Uint8Array(memory);
  }

  #handOver(): void {
    const block = this.#block;
    const from = (block % blocks) * blockBytes;
    const to = from + this.#filled;
    this.#block += 1;
    this.#filled = 0;
    const memory = this.#memory!;
    this.#hashes ??= this.#algorithms.map((algorithm) => beginHash(nodeNames[algorithm], memory));
    const hashed = Promise.all(this.#hashes.map((hash) => hash.update(from, to)))
      .catch((cause: unknown) => void (this.#failure ??= new BlobStoreUnavailable('the digests were lost', { cause })))
      .then(() => void this.#hashing.delete(block));
    this.#hashing.set(block, hashed);
  }

  async #whenFree(rest: Buffer): Promise<void> {
    await this.#hashing.get(this.#block - blocks);
    if (this.#failure !== null) throw this.#failure;
    await this.update(rest);
  }
}

const nodeNames = { 'sha-256': 'sha256', 'sha-512': 'sha512', md5: 'md5' } satisfies Record<Algorithm, string>;
