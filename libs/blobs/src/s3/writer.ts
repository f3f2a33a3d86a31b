import { channel } from 'node:diagnostics_channel';
import { BlobStoreFull, BlobStoreUnavailable, type BlobInfo, type BlobWriter } from '../port.js';
import type { S3Connection } from './connection.js';
import { openDraft, putPart, removeDraft, removePublished, type Draft } from './draft.js';
import { translated, translating } from './failure.js';
import type { PartMemory } from './part-memory.js';
import { stepOf } from './part-plan.js';
import { publish } from './publish.js';
import { removeDraftsOf } from './unfinished.js';

const partSent = channel('cloud-images:blob.part-sent');
const partsSent = channel('cloud-images:blob.parts-sent');
const published = channel('cloud-images:blob.published');

interface Filling {
  readonly buffer: Buffer;
  filled: number;
}

/**
 * A multipart upload from the first byte, also for a small blob: its id is what makes a write findable after a crash, and
 * what keeps a write that was removed from appearing later.
 */
export class S3BlobWriter implements BlobWriter {
  readonly key: string;
  #filling: Filling | null = null;
  #written = 0;
  #beside = 0;
  readonly #etags: string[] = [];
  #parts = 0;
  readonly #onTheWay = new Set<Promise<void>>();
  #admitted: Promise<void> = Promise.resolve();
  /** All that was given to `write`. */
  #taken: Promise<void> = Promise.resolve();
  #failure: Error | null = null;
  #committing: Promise<BlobInfo> | null = null;
  #aborting: Promise<void> | null = null;

  private constructor(
    private readonly on: S3Connection,
    private readonly memory: PartMemory,
    private readonly draft: Draft,
    private readonly expectedSize: number | undefined,
  ) {
    this.key = draft.key;
  }

  static async open(
    on: S3Connection,
    memory: PartMemory,
    key: string,
    expectedSize: number | undefined,
  ): Promise<S3BlobWriter> {
    return new S3BlobWriter(on, memory, await openDraft(on, key), expectedSize);
  }

  /** One after the other, so that writes that don't wait for each other keep their order. */
  write(chunk: Buffer): Promise<void> {
    if (this.#committing || this.#aborting) return Promise.reject(new Error('this write has ended'));
    return (this.#taken = this.#taken.then(() => this.#take(chunk)));
  }

  commit(): Promise<BlobInfo> {
    if (this.#aborting) return Promise.reject(new Error('this write was aborted'));
    return (this.#committing ??= translating(() => this.#publish()));
  }

  abort(): Promise<void> {
    return (this.#aborting ??= translating(() => this.#remove()));
  }

  /** What goes beyond a part waits with it: who may send none must not hold another one. */
  async #take(chunk: Buffer): Promise<void> {
    if (this.#failure) throw this.#failure;
    for (let at = 0; at < chunk.length;) {
      if (this.#aborting) throw new Error('this write has ended');
      const into = (this.#filling ??= this.#nextPart());
      const copied = chunk.copy(into.buffer, into.filled, at);
      at += copied;
      into.filled += copied;
      this.#written += copied;
      if (into.filled === into.buffer.length) {
        this.#send(into);
        await this.#room();
      }
    }
  }

  #nextPart(): Filling {
    const step = stepOf(this.#parts + 1, this.#written, this.expectedSize);
    if (!step) throw (this.#failure = new BlobStoreFull('this is more than the blob store takes as one blob'));
    this.#beside = step.beside;
    return { buffer: this.memory.take(step.size), filled: 0 };
  }

  #send(part: Filling): void {
    this.#filling = null;
    const number = ++this.#parts;
    const admitted = this.memory.enter(part.filled);
    this.#admitted = admitted;
    const sent = admitted
      .then(() => this.#put(number, part.buffer.subarray(0, part.filled)))
      .catch((error: unknown) => void (this.#failure ??= translated(error)))
      .finally(() => {
        this.memory.leave(part.filled);
        this.memory.giveBack(part.buffer);
        this.#onTheWay.delete(sent);
      });
    this.#onTheWay.add(sent);
  }

  async #put(number: number, body: Buffer): Promise<void> {
    const wanted = () => this.#failure === null && this.#aborting === null;
    if (!wanted()) return;
    this.#etags[number - 1] = await putPart(this.on, this.draft, { number, body, wanted });
    partSent.publish(undefined);
  }

  /** A part that waits for the store's budget holds its writer up: else every writer would fill another one meanwhile. */
  async #room(): Promise<void> {
    await this.#admitted;
    while (this.#onTheWay.size > this.#beside && !this.#failure) await Promise.race(this.#onTheWay);
    if (this.#failure) throw this.#failure;
  }

  async #publish(): Promise<BlobInfo> {
    await this.#taken;
    // S3 knows no upload without a part: an empty blob has an empty one.
    if (this.#filling || this.#parts === 0) this.#send(this.#filling ?? { buffer: Buffer.alloc(0), filled: 0 });
    await Promise.all(this.#onTheWay);
    if (this.#failure) throw this.#failure;
    partsSent.publish(undefined);
    const { size, modifiedAt } = await publish(this.on, this.draft, this.#etags);
    published.publish(undefined);
    if (size !== this.#written) throw new BlobStoreUnavailable('what was written is not what is there');
    // The blob stands: a twin that can't be removed now costs space until the store removes it itself.
    if (this.draft.hasTwin) await removeDraftsOf(this.on, this.key).catch(() => undefined);
    return { key: this.key, size, modifiedAt };
  }

  async #remove(): Promise<void> {
    const committed = await this.#committing?.then(
      () => true,
      () => false,
    );
    if (committed) return;
    await this.#taken.catch(() => undefined);
    await Promise.all(this.#onTheWay);
    if (this.#filling) this.memory.giveBack(this.#filling.buffer);
    this.#filling = null;
    await removeDraft(this.on, this.draft);
    if (this.draft.hasTwin) await removeDraftsOf(this.on, this.key);
    // After this nothing can publish the draft; a commit that failed may have done it before.
    if (this.#committing) await removePublished(this.on, this.draft);
  }
}
