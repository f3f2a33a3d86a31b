// npm run crash:tasks -- [--kills 44] [--seed n]
// The task-worker is killed (SIGKILL) at every named point of imports and exports, with a run of each kind under way; then
// every task must have ended once, with one image or one object or none, and nothing may be left over.
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startStack } from '../../../tools/stack.mjs';
import { login } from '../../support/api-client.ts';
import { SeededRandom } from '../../support/seeded-random.ts';
import { filesIn } from '../crash/files.ts';
import { judge } from './judge.ts';
import { pointsToDieAt, Work } from './work.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: String(2 * pointsToDieAt.length) },
    seed: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
});
const seed = Number(values.seed ?? Date.now() % 1_000_000_000);
const random = new SeededRandom(seed);
const kills = Number(values.kills);
console.log(`crash:tasks: ${kills} kills, seed ${seed}`);

const materialAt = (path = '') => (path.endsWith('.gz') ? Work.compressed : Work.plain);
const source = createServer((request, response) => response.end(materialAt(request.url).sent)).listen(0, '127.0.0.1');
await once(source, 'listening');
const { port } = source.address() as AddressInfo;

const dataDir = await mkdtemp(join(tmpdir(), 'cloud-images-tasks-'));
const scratch = join(dataDir, 'scratch');
const crashPoint = join(dataDir, 'crash-point');
await writeFile(crashPoint, 'none');
const stack = await startStack({
  dataDir,
  env: {
    // Above the time in which another worker takes a task over, as in production: a start takes some 15 s where much else runs.
    CLOUD_IMAGES_UPLOAD_LEASE_SECONDS: '30',
    CLOUD_IMAGES_REAPER_INTERVAL_SECONDS: '1',
    CLOUD_IMAGES_PURGE_GRACE_SECONDS: '1',
  },
  envOf: {
    catalog: { CLOUD_IMAGES_IMPORT_DECOMPRESS: 'true', CLOUD_IMAGES_IMPORT_CONVERT_TO: 'raw' },
    'task-worker': {
      CLOUD_IMAGES_CRASH_POINT_FILE: crashPoint,
      CLOUD_IMAGES_TASK_LEASE_SECONDS: '2',
      CLOUD_IMAGES_SCRATCH_DIR: scratch,
      CLOUD_IMAGES_FETCH_ALLOWED_NETWORKS: '127.0.0.1/32',
      CLOUD_IMAGES_FETCH_PORTS: `80,443,${port}`,
      CLOUD_IMAGES_CHORE_SECONDS: '1',
    },
  },
});
let code = 1;
try {
  const { client, projectId } = await login(stack.url, 'demo');
  const work = await Work.prepare(client, projectId, `http://127.0.0.1:${port}/data`, random);
  let died = 0;
  for (let nth = 0; nth < kills; nth += 1) {
    const point = pointsToDieAt[nth % pointsToDieAt.length]!;
    // One import that succeeds, one export and one rework of what is staged are under way: their places are passed once.
    const single = /^(?:import\.stored|export\.|image-import\.reworking)/.test(point);
    await writeFile(crashPoint, `${point}:${single ? 1 : random.int(1, 2)}`);
    await stack.kill('task-worker');
    // A job that the last kill left may bring it to its point before it is ready.
    await stack.restart('task-worker').catch((error: unknown) => {
      if (stack.pids['task-worker'] !== undefined) throw error;
    });
    // It may die while it is still being asked: whoever asks tries again, and it comes back unarmed.
    const asked = work.ask().then(() => work.ended(60_000));
    if (await reachedItsPoint(asked)) died += 1;
    await writeFile(crashPoint, 'none');
    if (stack.pids['task-worker'] === undefined) await stack.restart('task-worker');
    await asked;
    if ((nth + 1) % 10 === 0) console.log(`${nth + 1} kills, ${died} at their point, ${work.tasks.length} tasks`);
  }
  const inStore = () => filesIn(join(dataDir, 'blobs'));
  const inScratch = () => readdir(scratch, { recursive: true }).catch(() => [] as string[]);
  const violations = await judge({ stack, client, work, inStore, inScratch });
  for (const violation of violations.slice(0, 20)) console.log(`FAIL ${violation}`);
  console.log(`${kills} kills (${died} at their point), ${work.tasks.length} tasks, ${violations.length} violations`);
  code = violations.length === 0 && died > kills / 2 ? 0 : 1;
  await client.close();
} catch (error) {
  console.error(`seed ${seed}:`, error);
} finally {
  await stack.stop();
  source.close();
  if (!values.keep) await rm(dataDir, { recursive: true, force: true });
}
process.exit(code);

/** True once it has died; false when all that was asked for is done before. */
async function reachedItsPoint(asked: Promise<void>): Promise<boolean> {
  let over = false;
  asked.catch(() => undefined).finally(() => (over = true));
  while (!over) {
    if (stack.pids['task-worker'] === undefined) return true;
    await sleep(10);
  }
  return false;
}
