import { rm } from 'node:fs/promises';

export default async function stop() {
  const started = globalThis.__testService;
  if (!started) return;
  await started.stack.stop();
  await rm(started.dir, { recursive: true, force: true });
}
