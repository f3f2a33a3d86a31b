import type { BlobInfo, BlobStore } from '../port.js';

/** What the cases of the suite work on; `store` and `root` are new for each case. */
export interface Subject {
  readonly store: BlobStore;
  /** Beginning of every key of this case: a store may outlive it, and nothing is taken from another one's keys. */
  readonly root: string;
  /** Another client of the same store: a second process, or the same one after a crash. */
  readonly open: () => BlobStore | Promise<BlobStore>;
}

export async function put(store: BlobStore, key: string, data: Buffer): Promise<BlobInfo> {
  const writer = await store.writer(key, { expectedSize: data.length });
  try {
    for (let at = 0; at < data.length; at += 65_536) await writer.write(data.subarray(at, at + 65_536));
    return await writer.commit();
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

export async function bytesOf(store: BlobStore, key: string, range?: { start: number; end: number }): Promise<Buffer> {
  return Buffer.concat(await (await store.read(key, range)).toArray());
}

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

export async function expectRefusedKey(store: BlobStore, key: string): Promise<void> {
  const asked: ((key: string) => Promise<unknown>)[] = [
    (it) => store.writer(it),
    (it) => store.read(it),
    (it) => store.stat(it),
    (it) => store.copy(it, 'to'),
    (it) => store.copy('from', it),
    (it) => store.delete(it),
    (it) => store.abortUnfinished(it),
  ];
  for (const ask of asked) await expect((async () => ask(key))()).rejects.toThrow(TypeError);
}
