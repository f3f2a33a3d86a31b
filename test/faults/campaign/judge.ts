// After a fault: waits until the system is where it must get to by itself, then asks every oracle.
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from '../../support/api-client.ts';
import type { Load } from '../load.ts';
import {
  activeImagesAreWhole,
  everyOutcomeHolds,
  nothingIsStuck,
  readLog,
  storeMatchesLog,
  streamsAreDense,
  type Row,
  type Verdict,
} from '../oracles.ts';
import { lag, readTopic, topics } from './bus.ts';
import { busHasTheLog } from './bus-oracle.ts';
import { untilTheLedgerIsTheLogs } from './ledger-oracle.ts';
import { inboxIsTheOwnersLog, membersAreAFold, membershipsEndWithTheirImages, rowsOf } from './neighbour-oracles.ts';
import { LEASE_SECONDS, REAPER_SECONDS, type FaultStack } from './stack.ts';
import { inventoryOf } from './store-inventory.ts';

/** What is not in order after this has been given up by the system. */
const SETTLED_WITHIN_MS = (LEASE_SECONDS + 30) * 1_000;
/** A lease runs out, the housekeeping passes twice: expiry, then removal. */
const REAPED_WITHIN_MS = (LEASE_SECONDS + 3 * REAPER_SECONDS + 6) * 1_000;

export interface Judgement {
  readonly verdicts: readonly Verdict[];
  /** How long the system took after the end of the load, ms. */
  readonly settledMs: number;
}

export async function judge(stack: FaultStack, load: Load, client: ApiClient): Promise<Judgement> {
  await stack.waitReady();
  const began = Date.now();
  await untilQuiet(stack, began + SETTLED_WITHIN_MS);
  let inventory = await inventoryOf(stack);
  let log = await bothLogs(stack);
  let oneToOne = storeMatchesLog(log.all, inventory.keys, inventory.unfinished);
  while (oneToOne.violations.length > 0 && Date.now() < began + REAPED_WITHIN_MS) {
    await sleep(500);
    inventory = await inventoryOf(stack);
    log = await bothLogs(stack);
    oneToOne = storeMatchesLog(log.all, inventory.keys, inventory.unfinished);
  }
  await untilQuiet(stack, began + SETTLED_WITHIN_MS);
  const settledMs = Date.now() - began;
  const { catalog, membership, all } = await bothLogs(stack);
  // The housekeeping may have recorded something since all was quiet: the topics must have what these logs have.
  await untilQuiet(stack, Date.now() + SETTLED_WITHIN_MS);
  const images = new Set(load.log.all.map(({ image }) => image));
  const kafka = stack.kafka();
  const records = [...(await readTopic(kafka, topics.image)), ...(await readTopic(kafka, topics.member))];
  const after = (await bothLogs(stack)).all;
  const verdicts = [
    everyOutcomeHolds(load.log, all),
    streamsAreDense(all),
    await projectionsEqualTheLog(stack),
    await inboxIsTheOwnersLog(stack.database('catalog'), membership),
    await membersAreAFold(stack.database('catalog'), membership),
    membershipsEndWithTheirImages(catalog, membership),
    await activeImagesAreWhole(all, client, images),
    // As it was seen: what is removed since then is in a later log, and was in the store.
    oneToOne,
    busHasTheLog({ before: all, after }, records, stack.topicsMadeAnew),
    ...(await untilTheLedgerIsTheLogs(stack)),
    { oracle: 'O7 no 5xx but 503 with Retry-After', checked: load.log.all.length, violations: load.log.unexplained },
    nothingIsStuck(all),
  ];
  return { verdicts, settledMs };
}

export async function bothLogs(stack: FaultStack): Promise<{ catalog: Row[]; membership: Row[]; all: Row[] }> {
  const [catalog, membership] = await Promise.all([
    readLog(stack.database('catalog')),
    readLog(stack.database('membership')),
  ]);
  return { catalog, membership, all: [...catalog, ...membership] };
}

/** Both logs are on the bus, what is on the bus is taken, and nothing is on its way into the store. */
async function untilQuiet(stack: FaultStack, until: number): Promise<void> {
  for (let quiet = 0; quiet < 2 && Date.now() < until; await sleep(300)) {
    // A topic that is being made anew can't be asked.
    quiet = (await pending(stack).catch(() => 1)) === 0 ? quiet + 1 : 0;
  }
}

async function pending(stack: FaultStack): Promise<number> {
  const counts = [relayedNot(stack, 'catalog'), relayedNot(stack, 'membership'), saving(stack), lag(stack.kafka())];
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
}

async function relayedNot(stack: FaultStack, name: 'catalog' | 'membership'): Promise<number> {
  const [found] = await rowsOf<{ behind: number }>(
    stack.database(name),
    'SELECT (SELECT count(*) FROM log.events)::int - coalesce((SELECT sum(number) FROM log.relay), 0)::int AS behind',
  );
  return found?.behind ?? 0;
}

async function saving(stack: FaultStack): Promise<number> {
  const [found] = await rowsOf<{ count: number }>(
    stack.database('catalog'),
    `SELECT count(*)::int AS count FROM read_model.images WHERE status IN ('saving', 'uploading', 'importing')`,
  );
  return found?.count ?? 0;
}

/** O3: every projection equals a fresh fold of the log, row for row, as an operator asks for it. */
async function projectionsEqualTheLog(stack: FaultStack): Promise<Verdict> {
  const command = ['run', '--rm', '--no-deps', '-T', 'migrate', 'node', 'deploy/operate.mjs', 'replay', '--verify'];
  const { code, output } = await stack.project.tryCompose(command, 300);
  const rows = [...output.matchAll(/(\d+) rows?/g)].reduce((sum, match) => sum + Number(match[1]), 0);
  return {
    oracle: 'O3 projections equal a fold of the log',
    checked: rows,
    violations: code === 0 ? [] : [`replay --verify ended with ${code}: ${output.slice(-800)}`],
  };
}
