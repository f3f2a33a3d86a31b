import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startStack } from '../../tools/stack.mjs';

describe('a database that does not keep what it acknowledged', () => {
  it('is refused at boot, naming the setting', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'cloud-images-not-durable-'));
    try {
      const start = startStack({ dataDir, postgres: { fsync: 'off' } });
      await expect(start).rejects.toThrow(/(gateway|catalog|membership|task-worker|audit) ended while starting/);
      // Whichever refuses first calls off the other, perhaps before it has said anything.
      const logs = await Promise.all(
        ['gateway', 'catalog', 'membership', 'task-worker', 'audit'].map((name) => logOf(dataDir, name)),
      );
      expect(logs.join('')).toMatch(/could not start: .*acknowledged writes in a crash: fsync is off, it must be on/);
    } finally {
      await rm(dataDir, { recursive: true, force: true });
    }
  }, 120_000);
});

const logOf = (dataDir: string, service: string): Promise<string> =>
  readFile(join(dataDir, 'logs', `${service}.log`), 'utf8').catch(() => '');
