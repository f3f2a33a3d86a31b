// One PostgreSQL for all integration tests of a run, thrown away afterwards; or the one that
// CLOUD_IMAGES_TEST_POSTGRES names (a superuser's URL).
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'node:net';
import { ensureCluster, startPostgres } from '../../tools/postgres.mjs';

export default async function start() {
  if (process.env.CLOUD_IMAGES_TEST_POSTGRES) return;
  const dir = await mkdtemp(join(tmpdir(), 'cloud-images-test-'));
  const port = await freePort();
  await ensureCluster(join(dir, 'postgres'), 'test');
  const server = await startPostgres({
    dir: join(dir, 'postgres'),
    port,
    logFile: join(dir, 'postgres.log'),
    settings: { max_connections: 300, max_prepared_transactions: 0 },
  });
  globalThis.__testPostgres = { server, dir };
  process.env.CLOUD_IMAGES_TEST_POSTGRES = `postgres://postgres:test@127.0.0.1:${port}/postgres`;
}

function freePort() {
  return new Promise((done) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => done(port));
    });
  });
}
