import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';

/** A name is durable only when the directory that holds it was synced after the change. */
export async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const remembered = 10_000;

/** Makes directories under `root` whose own names survive a crash; remembers those it has made sure of. */
export class DurableDirectories {
  readonly #known = new Set<string>();

  constructor(private readonly root: string) {}

  async ensure(path: string): Promise<void> {
    if (this.#known.has(path)) return;
    await mkdir(path, { recursive: true, mode: 0o700 });
    // Whether it was there already says nothing: another process may have made it and not yet synced its parent.
    for (let at = path; at !== this.root; at = dirname(at)) await syncDirectory(dirname(at));
    if (this.#known.size >= remembered) this.#known.clear();
    this.#known.add(path);
  }
}
