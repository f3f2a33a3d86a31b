import { availableParallelism } from 'node:os';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { HashAnswer, HashRequest } from './hash-thread.js';

/** One digest of one stream, made in another thread. */
export interface RemoteHash {
  /** Takes these bytes of the memory, in the order of the calls; resolves when they may be written over. */
  update(from: number, to: number): Promise<void>;
  finish(): Promise<Buffer>;
  /** The stream was given up. */
  drop(): void;
}

interface Waiting {
  readonly resolve: (answer: HashAnswer) => void;
  readonly reject: (error: Error) => void;
}

// As many as an image has digests: more would not make one stream faster.
const most = Math.min(2, availableParallelism());
const threads: HashThread[] = [];
let lastId = 0;
/** MiB. All that a thread's heap holds is messages: left alone it would grow by tens of MiB before it collects them. */
const resourceLimits = { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 16 };

/** Of what `memory` will hold, on the thread that has least to do; the first calls start the threads. */
export function beginHash(algorithm: string, memory: SharedArrayBuffer): RemoteHash {
  const idle = threads.find(({ streams }) => streams === 0);
  if (idle === undefined && threads.length < most) threads.push(new HashThread());
  const thread = idle ?? threads.reduce((least, one) => (one.streams < least.streams ? one : least));
  return thread.begin(algorithm, memory);
}

class HashThread {
  streams = 0;
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting[]>();

  constructor() {
    // The sources in tests, what was built of them elsewhere.
    const file = new URL(`hash-thread${extname(fileURLToPath(import.meta.url))}`, import.meta.url);
    this.#worker = new Worker(file, { name: 'hash', resourceLimits });
    this.#worker.on('message', (answer: HashAnswer) => this.#waiting.get(answer.id)?.shift()?.resolve(answer));
    this.#worker.on('error', (error) => this.#ended(error as Error));
    this.#worker.on('exit', () => this.#ended(new Error('the thread that hashes has ended')));
    this.#worker.unref();
  }

  begin(algorithm: string, memory: SharedArrayBuffer): RemoteHash {
    const id = (lastId += 1);
    this.#waiting.set(id, []);
    if ((this.streams += 1) === 1) this.#worker.ref();
    this.#post({ id, ask: 'begin', algorithm, memory });
    return {
      update: async (from, to) => void (await this.#ask({ id, ask: 'update', from, to })),
      finish: async () => {
        const { digest } = await this.#ask({ id, ask: 'finish' });
        this.#leave(id);
        return Buffer.from(digest ?? []);
      },
      drop: () => {
        this.#post({ id, ask: 'drop' });
        this.#leave(id);
      },
    };
  }

  #ask(request: HashRequest): Promise<HashAnswer> {
    return new Promise((resolve, reject) => {
      const queue = this.#waiting.get(request.id);
      if (queue === undefined) return reject(new Error('the thread that hashes has ended'));
      queue.push({ resolve, reject });
      this.#post(request);
    });
  }

  #post(request: HashRequest): void {
    this.#worker.postMessage(request);
  }

  #leave(id: number): void {
    if (!this.#waiting.delete(id)) return;
    if ((this.streams -= 1) === 0) this.#worker.unref();
  }

  /** Its streams fail; the next one gets another thread. */
  #ended(error: Error): void {
    const at = threads.indexOf(this);
    if (at >= 0) threads.splice(at, 1);
    for (const { reject } of [...this.#waiting.values()].flat()) reject(error);
    this.#waiting.clear();
    this.streams = 0;
  }
}
