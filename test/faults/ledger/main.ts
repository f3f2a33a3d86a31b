// npm run complete -- [--commands 50000] [--kills 100] [--clients 32] [--readers 4] [--seed n]
// Mixed load and imports through the gateway while audit, the services with their relays, and the database (with the bus in
// it) are killed at random. Then: is the ledger what the services recorded, event for event, and did readers of the feed, who
// were cut off with each kill and hung up by themselves beside that, see each event once?
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startStack } from '../../../tools/stack.mjs';
import { ApiClient, login } from '../../support/api-client.ts';
import { SeededRandom } from '../../support/seeded-random.ts';
import { Kills } from '../crash/kills.ts';
import { Load } from '../load.ts';
import type { Verdict } from '../oracles.ts';
import { FeedReader } from './feed-reader.ts';
import { ledgerIsInOrder, ledgerIsTheLogs, readersSawAll, readLedger, readLogged } from './oracles.ts';

const { values } = parseArgs({
  options: {
    commands: { type: 'string', default: '50000' },
    kills: { type: 'string', default: '100' },
    clients: { type: 'string', default: '32' },
    readers: { type: 'string', default: '4' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
  },
});
const SETTLE_MS = 120_000;
const random = new SeededRandom(Number(values.seed));
console.log(
  `complete: ${values.commands} commands, ${values.kills} kills, ${values.readers} readers, seed ${values.seed}`,
);

const dataDir = await mkdtemp(join(tmpdir(), 'cloud-images-complete-'));
const stack = await startStack({ dataDir, autoRestart: true, envOf: { audit: { CLOUD_IMAGES_FEED_SECONDS: '20' } } });
let code = 1;
try {
  const owner = await login(stack.url, 'demo');
  const admin = await login(stack.url, 'admin');
  const readers = Array.from(
    { length: Number(values.readers) },
    () => new FeedReader(stack.url, admin.client.token, () => random.int(500, 15_000)),
  );
  for (const reader of readers) reader.start();
  const load = new Load([owner.client, new ApiClient(stack.url, owner.client.token), admin.client], random);
  const targets = ['audit', 'catalog', 'task-worker', 'audit', 'membership', 'postgres', 'gateway'] as const;
  const kills = new Kills(stack, load, random, targets);
  await load.start(Number(values.clients));
  const imports = askForImports(owner.client);
  await kills.run(Number(values.kills));
  while (load.log.all.length < Number(values.commands)) await sleep(50);
  await load.stop();
  const asked = await imports.stop();
  console.log(`kills: ${kills.summary()}`);
  console.log(`commands: ${load.log.all.length}, ${load.log.count('ok')} acknowledged`);
  console.log(`imports: ${asked} acknowledged`);
  if (asked === 0) throw new Error('no import was asked for');
  code = report(await settle(readers));
  for (const reader of readers) await reader.stop();
  console.log(`readers connected ${readers.map(({ connections }) => connections).join(', ')} times`);
} catch (error) {
  console.error(`seed ${values.seed}:`, error);
} finally {
  await stack.stop();
  await rm(dataDir, { recursive: true, force: true });
}
process.exit(code);

/** Asks for imports of what there is not, one after the other: each is a few events of the task-worker. */
function askForImports(client: ApiClient): { stop(): Promise<number> } {
  let going = true;
  const body = { type: 'import', input: { import_from: 'no/such.vhd', image_properties: { name: 'none' } } };
  const run = (async () => {
    let acknowledged = 0;
    for (; going; await sleep(100)) {
      const answer = await client.call('POST', '/v2/tasks', { body }).catch(() => null);
      if (answer?.status === 201) acknowledged += 1;
    }
    return acknowledged;
  })();
  return {
    stop: () => {
      going = false;
      return run;
    },
  };
}

/** Judged once all is well, or when it should have been. */
async function settle(readers: readonly FeedReader[]): Promise<Verdict[]> {
  await stack.waitReady();
  const started = Date.now();
  for (;;) {
    const logs = (
      await Promise.all(
        (['catalog', 'membership', 'tasks', 'gateway'] as const).map((name) => readLogged(stack.databases[name])),
      )
    ).flat();
    const ledger = await readLedger(stack.databases.audit);
    const verdicts = [
      ledgerIsTheLogs(ledger, logs),
      ledgerIsInOrder(ledger),
      readersSawAll(
        readers.map(({ seen }) => seen),
        ledger.length,
      ),
    ];
    const done = verdicts.every(({ violations }) => violations.length === 0);
    if (done || Date.now() - started > SETTLE_MS) {
      console.log(`settled after ${Date.now() - started} ms`);
      return verdicts;
    }
    await sleep(1_000);
  }
}

function report(verdicts: readonly Verdict[]): number {
  for (const { oracle, checked, violations } of verdicts) {
    console.log(`${violations.length === 0 ? 'ok  ' : 'FAIL'} ${oracle}: ${checked} checked`);
    for (const violation of violations.slice(0, 5)) console.log(`       ${violation}`);
  }
  const good = verdicts.every(({ violations }) => violations.length === 0);
  console.log(good ? 'complete' : `NOT complete (seed ${values.seed})`);
  return good ? 0 : 1;
}
