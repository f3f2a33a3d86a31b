// npm run compose:check [-- --no-journey]: docker-compose.yml on this machine's Docker, from the build to the end, under a
// name and a port of its own. Ends with a line `N passed, N failed`; where it can't run it says why and that is no failure.
import assert from 'node:assert/strict';
import { parseArgs } from 'node:util';
import { freePorts } from '../../tools/free-ports.mjs';
import { Tally } from '../journeys/tally.ts';
import { login } from '../support/api-client.ts';
import { assertKept, checkService } from './acceptance.ts';
import { checkContainment } from './containment.ts';
import { whyNotHere } from './engine.ts';
import { checkErasure } from './erasure.ts';
import { checkInstances } from './instances.ts';
import { ComposeProject, run, serviceOf, tail } from './project.ts';
import { checkRefusals } from './refusals.ts';
import { checkRework, siteOfRework } from './rework.ts';
import { checkStranger } from './stranger.ts';

const HEALTHY_WITHIN_SECONDS = 90;
const { values } = parseArgs({ options: { journey: { type: 'boolean', default: true } }, allowNegative: true });
const [port] = await freePorts(1);
const project = new ComposeProject(`cloud-images-check-${process.pid}`, port ?? 0);
const tally = new Tally();
const seconds = (from: number) => ((performance.now() - from) / 1_000).toFixed(1);

const obstacle = await whyNotHere(() => project);
if (obstacle !== undefined) {
  console.log(`compose:check was not run: ${obstacle}`);
  console.log('0 passed, 0 failed');
  process.exit(0);
}
try {
  await checkAll();
} catch (error) {
  tally.count('docker compose', (error as Error).message);
  const logs = await project.tryCompose(['logs', '--no-color', '--tail', '30']).catch(() => undefined);
  console.log(logs?.output ?? '');
} finally {
  await project.tryCompose(['down', '--volumes', '--remove-orphans'], 120).catch(() => undefined);
}
console.log(`${tally.passed} passed, ${tally.failed} failed`);
process.exit(tally.failed === 0 ? 0 : 1);

async function checkAll(): Promise<void> {
  const began = performance.now();
  await project.compose(['build'], 900);
  console.log(`  built in ${seconds(began)} s`);

  const first = await project.up();
  tally.count(`up --wait from clean: healthy after ${first.toFixed(1)} s`, slow(first));
  await checkContainment(tally, project);
  // First, because it wants to see its own images only.
  if (values.journey) await journey();
  const kept = await checkService(tally, project.url);
  await checkRefusals(tally, project);
  if (kept) await checkStranger(tally, project, kept.id);
  await checkErasure(tally, project.url);

  await tally.check('a stop ends each service by itself, in time', async () => {
    await project.compose(['stop', 'gateway', 'catalog', 'membership', 'task-worker', 'converter', 'audit'], 60);
    for (const one of await project.inspect()) {
      if (!one.State.Running) assert.equal(one.State.ExitCode, 0, serviceOf(one));
    }
  });
  await project.compose(['down'], 120);
  const again = await project.with(siteOfRework).up();
  tally.count(`up --wait after down: healthy after ${again.toFixed(1)} s`, slow(again));
  await tally.check('everything is as it was', async () => {
    const { client } = await login(project.url, 'alt');
    if (!kept) throw new Error('there was no image');
    await assertKept(client, kept);
    await client.close();
  });
  await checkRework(tally, project.url);
  await project.up('--scale', 'catalog=2', '--scale', 'membership=2');
  await checkInstances(tally, project);
}

function slow(took: number): string | undefined {
  return took > HEALTHY_WITHIN_SECONDS ? `took more than ${HEALTHY_WITHIN_SECONDS} s` : undefined;
}

/** The unmodified clients, through the published port. */
async function journey(): Promise<void> {
  const { code, output } = await run(
    process.execPath,
    [...process.execArgv, 'test/journeys/main.ts', '--url', project.url],
    process.env,
    900,
  );
  console.log(output.trimEnd());
  const [, passed, failed] = /^(\d+) passed, (\d+) failed$/m.exec(output) ?? [];
  tally.passed += Number(passed ?? 0);
  tally.failed += Number(failed ?? 0);
  if (code !== 0 && !Number(failed)) tally.count('the journey', tail(output));
}
