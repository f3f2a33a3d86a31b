// A thread that hashes: many streams at once, each block in the order in which it was handed over.
import { createHash, type Hash } from 'node:crypto';
import { parentPort } from 'node:worker_threads';

/**
 * `algorithm`: as Node calls it. The memory comes once, and later only which bytes of it are meant: each time it came, V8
 * would count it as so much more that the thread holds, and collect garbage for it.
 */
export type HashRequest =
  | { readonly id: number; readonly ask: 'begin'; readonly algorithm: string; readonly memory: SharedArrayBuffer }
  | { readonly id: number; readonly ask: 'update'; readonly from: number; readonly to: number }
  | { readonly id: number; readonly ask: 'finish' | 'drop' };

/** To each `update`, when its bytes may be written over, and to `finish`. */
export interface HashAnswer {
  readonly id: number;
  readonly digest?: Uint8Array;
}

interface Stream {
  readonly hash: Hash;
  readonly memory: Uint8Array;
}

const streams = new Map<number, Stream>();
const answer = (said: HashAnswer): void => parentPort?.postMessage(said);

parentPort?.on('message', (request: HashRequest) => {
  const { id } = request;
  switch (request.ask) {
    case 'begin':
      streams.set(id, { hash: createHash(request.algorithm), memory: new Uint8Array(request.memory) });
      return;
    case 'update': {
      const stream = streams.get(id);
      stream?.hash.update(stream.memory.subarray(request.from, request.to));
      return answer({ id });
    }
    case 'finish': {
      const digest = streams.get(id)?.hash.digest();
      if (digest !== undefined) answer({ id, digest });
      streams.delete(id);
      return;
    }
    case 'drop':
      streams.delete(id);
  }
});
