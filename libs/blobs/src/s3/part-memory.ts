import { steps } from './part-plan.js';

const pooledBytes = steps[0]!.size;
/** What stays held when nothing is written: enough for two uploads at full speed. */
const maxFree = 8;

/** Bytes of all writers of a store on their way at once. One more part is let through only when nothing else is. */
const budgetBytes = 96 * 1024 * 1024;

interface Waiting {
  readonly bytes: number;
  readonly enter: () => void;
}

/**
 * What all writers of a store share: buffers of parts, used again, because fresh ones cost more in garbage collection
 * than the sending; and a limit on what is on its way, because sixteen uploads must not need sixteen times the memory.
 */
export class PartMemory {
  readonly #free: Buffer[] = [];
  readonly #waiting: Waiting[] = [];
  #onTheWay = 0;

  take(bytes: number): Buffer {
    return (bytes === pooledBytes ? this.#free.pop() : undefined) ?? Buffer.allocUnsafeSlow(bytes);
  }

  /** While parts are on their way all are kept: dropped ones would stay beside fresh ones until they are collected. */
  giveBack(buffer: Buffer): void {
    if (buffer.length === pooledBytes) this.#free.push(buffer);
    this.#trim();
  }

  /** Resolves in the order of asking, when so many bytes may be sent; `leave` with as many. */
  enter(bytes: number): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push({ bytes, enter: resolve });
      this.#admit();
    });
  }

  leave(bytes: number): void {
    this.#onTheWay -= bytes;
    this.#admit();
    this.#trim();
  }

  #trim(): void {
    if (this.#onTheWay === 0 && this.#free.length > maxFree) this.#free.length = maxFree;
  }

  #admit(): void {
    for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
      if (this.#onTheWay > 0 && this.#onTheWay + next.bytes > budgetBytes) return;
      this.#waiting.shift();
      this.#onTheWay += next.bytes;
      next.enter();
    }
  }
}
