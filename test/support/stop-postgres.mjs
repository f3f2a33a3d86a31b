import { rm } from 'node:fs/promises';

export default async function stop() {
  const started = globalThis.__testPostgres;
  if (!started) return;
  await started.server.stop();
  await rm(started.dir, { recursive: true, force: true });
}
