import { Readable } from 'node:stream';
import type { RunningTask } from '../task/runner.js';
import { ExportRunner } from './export-runner.js';

describe('an export', () => {
  const located = {
    ...{ image_id: 'i', owner: 'p', status: 'active', disk_format: 'vhd', container_format: 'bare' },
    locator: { key: 'images/i', size: 4 },
  };
  const running = {
    task: { id: 'task-1', owner: 'p', input: { image_uuid: 'i', receiving_swift_container: 'exports' } },
    ...{ run: 1, signal: new AbortController().signal, progress: () => undefined },
  } as unknown as RunningTask;
  /** What is found before, and after an object could not be created. */
  const run = (...found: (string | { origin: string })[]) =>
    new ExportRunner({
      catalog: { locate: () => Promise.resolve(located) },
      blobs: { read: () => Promise.resolve(Readable.from([Buffer.from('data')])) },
      converter: { clear: () => Promise.resolve() },
      objects: { find: () => Promise.resolve(found.shift()), create: () => Promise.resolve('exists') },
    } as never).run(running);

  it('given that an object was in its way after all, then it is done only if it made that itself', async () => {
    const exists = "Swift already has an object with id 'i.vhd' in container 'exports'";
    expect(await run('no object', { origin: 'task-1' })).toEqual({ export_location: 'exports/i.vhd' });
    await expect(run('no object', { origin: 'task-2' })).rejects.toThrow(exists);
    // Something that can't be read: in a Swift, a link.
    await expect(run('no object', 'no object')).rejects.toThrow(exists);
  });
});
