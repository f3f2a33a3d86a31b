// npm run upgrade [-- --from <commit>] [--images 110] [--seed n]: `npm start` of an earlier landing fills a data directory
// and stops; the present code starts on it, and everything must be as it was, and go on. Ends with `N passed, N failed`.
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual, parseArgs, promisify } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { Tally } from '../journeys/tally.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { goesOn } from './goes-on.ts';
import { Landing, previousLanding } from './landing.ts';
import { Launched } from './launched.ts';
import { people, populate } from './population.ts';
import { readLog, relayed, showAll, type Shown } from './snapshot.ts';

const root = join(import.meta.dirname, '../..');
const { values } = parseArgs({
  options: {
    from: { type: 'string' },
    images: { type: 'string', default: '110' },
    seed: { type: 'string', default: '1' },
  },
});
const say = (line: string) => console.log(`  ${line}`);
const tally = new Tally();
const dir = await mkdtemp(join(tmpdir(), 'cloud-images-upgrade-'));
const dataDir = join(dir, 'data');
let landing: Landing | undefined;
let running: Launched | undefined;
try {
  landing = await Landing.checkOut(values.from ?? (await previousLanding()), join(dir, 'landing'));
  say(`starting ${landing.commit.slice(0, 12)} on an empty directory, ${values.images} images, seed ${values.seed}`);
  running = await Launched.start(landing.dir, dataDir);
  const before = await fill(running);
  await running.stop();
  say('starting the present code on its data');
  running = await Launched.start(root, dataDir);
  await compare(running, before);
} catch (error) {
  tally.count('the upgrade', (error as Error).stack ?? String(error));
} finally {
  await running?.stop().catch((error: unknown) => tally.count('the stop', String(error)));
  await landing?.remove();
  await rm(dir, { recursive: true, force: true });
}
console.log(`${tally.passed} passed, ${tally.failed} failed`);
process.exit(tally.failed === 0 && tally.passed > 0 ? 0 : 1);

interface Before {
  readonly ids: readonly string[];
  readonly shown: Shown;
  readonly logs: Readonly<Record<'catalog' | 'membership', ReadonlyMap<string, string>>>;
}

async function fill({ url, owners }: Launched): Promise<Before> {
  const all = await people(url);
  const ids = await populate(all, Number(values.images), new SeededRandom(Number(values.seed)));
  await settled(owners);
  const shown = await showAll(all, ids);
  await all.close();
  return { ids, shown, logs: { catalog: await readLog(owners.catalog), membership: await readLog(owners.membership) } };
}

async function compare({ url, owners }: Launched, before: Before): Promise<void> {
  const all = await people(url);
  for (const service of ['catalog', 'membership'] as const) {
    const log = before.logs[service];
    await tally.check(`${service}: the ${log.size} events are what they were, each in its place`, async () => {
      const now = await readLog(owners[service]);
      nothing([...log].filter(([place, event]) => now.get(place) !== event).map(([place]) => place));
      nothing([...now.keys()].filter((place) => !log.has(place)));
    });
  }
  const after = await showAll(all, before.ids);
  for (const kind of ['show', 'members', 'list', 'file']) {
    const asked = [...before.shown].filter(([what]) => what.startsWith(kind));
    await tally.check(`${kind}: ${asked.length} answers are what they were`, () => {
      nothing(asked.filter(([what, was]) => !holds(was, after.get(what))).map(([what]) => what));
      if (asked.length === 0) throw new Error('nothing was asked');
    });
  }
  await tally.check('every projection equals the fold of its log (npm run replay -- --verify)', async () => {
    const env = { ...process.env, CLOUD_IMAGES_DATA: dataDir };
    await promisify(execFile)(process.execPath, [join(root, 'tools/replay.mjs'), '--verify'], {
      env,
      timeout: 300_000,
    });
  });
  await goesOn(tally, all, before.ids);
  await tally.check('the relays go on with the number that they had come to', () => settled(owners));
  await all.close();
}

/** What the old version showed must still be shown so; a newer one may show more of an image. */
function holds(was: unknown, is: unknown): boolean {
  if (typeof was !== 'object' || was === null || Array.isArray(was)) return isDeepStrictEqual(was, is);
  if (typeof is !== 'object' || is === null) return false;
  return Object.entries(was).every(([name, value]) => isDeepStrictEqual(value, (is as Record<string, unknown>)[name]));
}

function nothing(found: readonly string[]): void {
  if (found.length > 0) throw new Error(`${found.length} differ: ${found.slice(0, 5).join(', ')}`);
}

/** Until every event is on the bus, under a number of its own. */
async function settled(owners: Launched['owners']): Promise<void> {
  for (const url of Object.values({ catalog: owners.catalog, membership: owners.membership })) {
    for (const end = Date.now() + 30_000; ; await sleep(100)) {
      const { number, events } = await relayed(url);
      if (number === events) break;
      if (Date.now() > end) throw new Error(`${number} of ${events} events are on the bus`);
    }
  }
}
