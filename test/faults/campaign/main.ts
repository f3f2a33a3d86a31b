// npm run faults -- [--dose 1] [--only kills,kafka] [--seed n] [--minutes 8] [--clients 48] [--tally path] [--sabotage name]
// The containers of docker-compose.yml under load, and harm of every kind done to them and to the servers they stand on;
// after each round the oracles decide. The tally goes on over runs until the dose is given: `--dose 1` is all that the
// project promises, 0.02 a look. With --sabotage the run succeeds only if the oracles object. See README.md beside this.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { whyNotHere } from '../../compose/engine.ts';
import { root } from '../../compose/project.ts';
import { ApiClient, login } from '../../support/api-client.ts';
import { SeededRandom } from '../../support/seeded-random.ts';
import { Load } from '../load.ts';
import { activeImagesAreWhole, type Verdict } from '../oracles.ts';
import { poison, repeatedDeliveries } from './deliveries.ts';
import { bothLogs, judge } from './judge.ts';
import { kills } from './kills.ts';
import { pausedLeader } from './paused-leader.ts';
import { together, type Scenario } from './scenario.ts';
import { databaseCrashes, kafkaAway } from './servers-away.ts';
import { FaultStack } from './stack.ts';
import { storeRestarts } from './store-restarts.ts';
import { CampaignTally } from './tally.ts';

/** A small dose is a look on whatever machine there is; the claim is the full one's. */
const LEAST_COMMANDS_A_SECOND = { full: 50, small: 20 };
const scenarios = [kills, kafkaAway, databaseCrashes, storeRestarts, repeatedDeliveries, poison, pausedLeader];
const { values } = parseArgs({
  options: {
    dose: { type: 'string', default: '1' },
    only: { type: 'string', default: scenarios.map(({ name }) => name).join(',') },
    seed: { type: 'string' },
    minutes: { type: 'string', default: '600' },
    clients: { type: 'string', default: '48' },
    tally: { type: 'string' },
    sabotage: { type: 'string' },
  },
});
const dose = Number(values.dose);
const only = values.only.split(',');
const unknown = only.filter((name) => !scenarios.some((scenario) => scenario.name === name));
if (unknown.length > 0 || !(dose > 0)) {
  console.error(`--only names some of ${scenarios.map(({ name }) => name).join(', ')}; --dose is a number above 0`);
  process.exit(2);
}
const seed = Number(values.seed ?? Date.now() % 1_000_000_000);
const random = new SeededRandom(seed);
const deadline = Date.now() + Number(values.minutes) * 60_000;
const tallyName = values.sabotage ? `tally-${values.sabotage}.json` : 'tally.json';
const tally = new CampaignTally(values.tally ?? join(root, '.cache', 'faults', tallyName));
console.log(`faults: dose ${dose} of ${only.join(', ')}, ${values.clients} clients, seed ${seed}`);

const stack = await FaultStack.prepare(values.sabotage);
const obstacle = await whyNotHere(() => stack.project);
if (obstacle !== undefined) {
  console.log(`the fault campaign was not run: ${obstacle}`);
  console.log('0 passed, 0 failed');
  process.exit(0);
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void stack.down().finally(() => process.exit(130)));
}
let passed = 0;
let failed = 0;
/** Violations of the oracles proper: what a sabotaged build has to be caught by. */
let objections = 0;
let broken = false;
try {
  await stack.up();
  tally.begin(seed);
  for (const scenario of asked()) await give(scenario);
  await theEnd();
} catch (error) {
  failed += 1;
  broken = true;
  console.log(`FAIL  seed ${seed}: ${(error as Error).stack ?? String(error)}`);
} finally {
  if (failed > 0) await keepLogs();
  await stack.down().catch((error: unknown) => console.log(String(error)));
}
for (const line of tally.lines()) console.log(line);
if (values.sabotage === undefined) {
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed === 0 ? 0 : 1);
}
const caught = objections > 0 && !broken;
console.log(`${values.sabotage} was ${caught ? 'caught' : 'NOT caught'}`);
console.log(caught ? '1 passed, 0 failed' : '0 passed, 1 failed');
process.exit(caught ? 0 : 1);

async function keepLogs(): Promise<void> {
  const path = join(root, '.cache', 'faults', `containers-${seed}.log`);
  const logs = await stack.project.tryCompose(['logs', '--no-color', '--timestamps']).catch(() => undefined);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, logs?.output ?? '');
  console.log(`what the containers said is in ${path}`);
}

/** A look is one round of all that one instance is enough for: the judgement takes longer than the harm. */
function asked(): readonly Scenario[] {
  const wanted = scenarios.filter(({ name }) => only.includes(name));
  if (dose >= 1 || values.sabotage) return wanted;
  const alone = wanted.filter(({ instances = 1 }) => instances > 1);
  const rest = wanted.filter(({ instances = 1 }) => instances === 1);
  return rest.length < 2 ? wanted : [together(rest, dose), ...alone];
}

/** Rounds until the tally has the dose, or the time is over. */
async function give(scenario: Scenario): Promise<void> {
  const wanted = Math.ceil(scenario.fullDose * dose);
  const instances = scenario.instances ?? 1;
  if ((dose >= 1 && tally.of(scenario.name).done >= wanted) || Date.now() > deadline) return;
  if (instances > 1) await stack.scale(instances);
  for (let given = 0; Date.now() < deadline;) {
    const left = wanted - (dose >= 1 ? tally.of(scenario.name).done : given);
    if (left <= 0) break;
    given += await oneRound(scenario, Math.min(left, scenario.perRound));
    if (values.sabotage && objections > 0) break;
  }
  if (instances > 1) await stack.scale(1);
}

async function oneRound(scenario: Scenario, part: number): Promise<number> {
  console.log(`--- ${scenario.name}: ${part} ${scenario.what}`);
  const [owner, second] = await Promise.all([login(stack.url, 'demo'), login(stack.url, 'admin')]);
  const clients = [owner.client, new ApiClient(stack.url, owner.client.token), second.client];
  const load = new Load(clients, random, scenario.load);
  await load.start(Number(values.clients));
  const began = Date.now();
  let result: Awaited<ReturnType<Scenario['run']>>;
  try {
    const round = { stack, load, client: second.client, random, tally, dose: part, full: dose >= 1, deadline };
    result = await scenario.run(round);
  } finally {
    await load.stop();
  }
  const seconds = (Date.now() - began) / 1_000;
  const { verdicts: judged, settledMs } = await judge(stack, load, second.client);
  const rate = load.log.undisturbedRate();
  const verdicts = [...(result.verdicts ?? []), ...judged, ofLoad(rate)];
  tally.figure('commands a second while all was there', Math.round(rate));
  tally.figure('in order after the load ended, ms', settledMs);
  tally.round(scenario.name, result.done, seconds, load, verdicts);
  console.log(
    `  ${load.log.all.length} commands (${load.log.count('ok')} acknowledged, ${load.log.count('refused')} refused, ` +
      `${load.log.count('unknown')} unknown), ${rate.toFixed(0)} a second while all was there, in order after ${settledMs} ms`,
  );
  count(verdicts);
  await Promise.all(clients.map((client) => client.close()));
  if (result.done === 0 && dose >= 1) throw new Error(`a round of ${scenario.name} gave nothing of its dose`);
  return Math.max(result.done, part);
}

function ofLoad(rate: number): Verdict {
  const least = dose >= 1 ? LEAST_COMMANDS_A_SECOND.full : LEAST_COMMANDS_A_SECOND.small;
  const violations = rate >= least ? [] : [`${rate.toFixed(1)} commands a second`];
  return { oracle: `at least ${least} commands a second`, checked: 1, violations };
}

function count(verdicts: readonly Verdict[]): void {
  for (const { oracle, checked, violations } of verdicts) {
    if (violations.length === 0) passed += 1;
    else failed += 1;
    if (/^O\d/.test(oracle)) objections += violations.length;
    console.log(
      `${violations.length === 0 ? 'ok  ' : 'FAIL'} ${oracle}: ${checked} checked, ${violations.length} violations`,
    );
    for (const violation of violations.slice(0, 5)) console.log(`       ${violation}`);
    if (violations.length > 0) console.log(`       replay with --seed ${seed}`);
  }
}

/** Of all rounds together: what was active after one of them is whole still. */
async function theEnd(): Promise<void> {
  const { client } = await login(stack.url, 'admin');
  const { all } = await bothLogs(stack);
  count([await activeImagesAreWhole(all, client)]);
  await client.close();
}
