// npm run crash -- [--kills 50] [--clients 32] [--seed n] [--sabotage ack-before-commit]
// Mixed load through the gateway; services and the database are killed (SIGKILL) at random moments, each with at least
// 16 requests under way; then the oracles decide. With --sabotage the run succeeds only if the oracles object.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { startStack } from '../../../tools/stack.mjs';
import { ApiClient, login } from '../../support/api-client.ts';
import { SeededRandom } from '../../support/seeded-random.ts';
import { Load } from '../load.ts';
import {
  activeImagesAreWhole,
  everyOutcomeHolds,
  nothingIsStuck,
  readLog,
  storeMatchesLog,
  type Row,
  streamsAreDense,
  type Verdict,
} from '../oracles.ts';
import { filesIn } from './files.ts';
import { Kills } from './kills.ts';
import { projectionsEqualTheLog } from './projections.ts';

const LEASE_SECONDS = 4;
const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '50' },
    clients: { type: 'string', default: '32' },
    seed: { type: 'string' },
    sabotage: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
});
const seed = Number(values.seed ?? Date.now() % 1_000_000_000);
const random = new SeededRandom(seed);
console.log(`crash: ${values.kills} kills, ${values.clients} clients, seed ${seed}`);

const sabotaged: Record<string, string> = values.sabotage
  ? { NODE_OPTIONS: `--import ${join(import.meta.dirname, `../sabotage/${values.sabotage}.mjs`)}` }
  : {};
const dataDir = await mkdtemp(join(tmpdir(), 'cloud-images-crash-'));
const stack = await startStack({
  dataDir,
  autoRestart: true,
  env: {
    CLOUD_IMAGES_UPLOAD_LEASE_SECONDS: String(LEASE_SECONDS),
    CLOUD_IMAGES_REAPER_INTERVAL_SECONDS: '2',
    CLOUD_IMAGES_PURGE_GRACE_SECONDS: '1',
  },
  // The services alone: a migration that acknowledges early ends before it commits, and nothing starts.
  envOf: Object.fromEntries(['catalog', 'membership'].map((name) => [name, sabotaged])),
}).catch(async (error: unknown) => {
  await rm(dataDir, { recursive: true, force: true });
  throw error;
});
let code = 1;
try {
  const owner = await login(stack.url, 'demo');
  const second = await login(stack.url, 'admin');
  const clients = [owner.client, new ApiClient(stack.url, owner.client.token), second.client];
  const load = new Load(clients, random, { purgeShare: 0.5 });
  const kills = new Kills(stack, load, random);
  await load.start(Number(values.clients));
  await kills.run(Number(values.kills));
  await load.stop();
  const verdicts = await decide(load, second.client);
  code = report(load, kills, verdicts);
} catch (error) {
  console.error(`seed ${seed}:`, error);
} finally {
  await stack.stop();
  if (!values.keep) await rm(dataDir, { recursive: true, force: true });
}
process.exit(code);

async function decide(load: Load, client: ApiClient): Promise<Verdict[]> {
  await stack.waitReady();
  // As they were seen together: what is removed later is in the log that was read, and in no later listing.
  const { events, store } = await settled();
  return [
    everyOutcomeHolds(load.log, events),
    streamsAreDense(events),
    await projectionsEqualTheLog(dataDir),
    await activeImagesAreWhole(events, client),
    store,
    nothingIsStuck(events),
    { oracle: 'O7 no 5xx but 503 with Retry-After', checked: load.log.all.length, violations: load.log.unexplained },
  ];
}

async function allEvents() {
  const logs = await Promise.all([readLog(stack.databases.catalog), readLog(stack.databases.membership)]);
  return logs.flat();
}

/** Leases run out and the reaper passes; what is not in order after the lease + 30 s is stuck. */
async function settled(): Promise<{ events: Row[]; store: Verdict }> {
  const until = Date.now() + (LEASE_SECONDS + 30) * 1000;
  for (;;) {
    const events = await allEvents();
    const store = storeMatchesLog(events, await filesIn(join(dataDir, 'blobs')));
    const inOrder = nothingIsStuck(events).violations.length === 0 && store.violations.length === 0;
    if (inOrder || Date.now() > until) return { events, store };
    await sleep(1000);
  }
}

function report(load: Load, kills: Kills, verdicts: readonly Verdict[]): number {
  const { log } = load;
  console.log(`kills: ${kills.summary()}`);
  console.log(
    `operations: ${log.all.length} (${log.count('ok')} acknowledged, ${log.count('refused')} refused, ${log.count('unknown')} unknown)`,
  );
  let violations = 0;
  for (const { oracle, checked, violations: found } of verdicts) {
    violations += found.length;
    console.log(`${found.length === 0 ? 'ok  ' : 'FAIL'} ${oracle}: ${checked} checked, ${found.length} violations`);
    for (const violation of found.slice(0, 5)) console.log(`       ${violation}`);
  }
  if (values.sabotage) {
    console.log(violations > 0 ? `caught: ${values.sabotage}` : `NOT caught: ${values.sabotage}`);
    return violations > 0 ? 0 : 1;
  }
  console.log(violations === 0 ? 'crash test passed' : `crash test FAILED (seed ${seed})`);
  return violations === 0 ? 0 : 1;
}
