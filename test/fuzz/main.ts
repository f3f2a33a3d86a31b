// npm run fuzz -- [--cases 100000] [--seed n]: the PATCH dialect and the list parameters against models written from the
// specification. Half of the cases each; a failure prints the seed and the shrunk case.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startStack } from '../../tools/stack.mjs';
import { login } from '../support/api-client.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { fuzzList } from './list-fuzz.ts';
import { fuzzPatch } from './patch-fuzz.ts';
import { populate } from './population.ts';
import { Tally } from './tally.ts';

const WORKERS = 8;
const { values } = parseArgs({ options: { cases: { type: 'string', default: '100000' }, seed: { type: 'string' } } });
const cases = Number(values.cases);
const seed = Number(values.seed ?? Date.now() % 1_000_000_000);
console.log(`fuzz: ${cases} cases, seed ${seed}`);

const dataDir = await mkdtemp(join(tmpdir(), 'cloud-images-fuzz-'));
const stack = await startStack({ dataDir, identityFile: join(import.meta.dirname, '../acceptance/users.yaml') });
const tallies = [new Tally('list parameters', cases / 2), new Tally('PATCH dialect', cases / 2)] as const;
let failed = 0;
try {
  const names = { demo: 'demo', alt: 'alt', admin: 'admin', reader: 'demo' } as const;
  const entries = await Promise.all(
    Object.entries(names).map(async ([user, project]) => {
      const { client, projectId } = await login(stack.url, user, project);
      return [user, { client, projectId, admin: user === 'admin' }] as const;
    }),
  );
  const people = Object.fromEntries(entries) as Parameters<typeof fuzzList>[0];
  const population = await populate(people, 400, new SeededRandom(seed), stack.databases.catalog);
  await inParallel((worker) => fuzzList(people, population, seed + worker, tallies[0]));
  await inParallel((worker) => fuzzPatch(people.demo.client, seed + worker, tallies[1]));
} catch (error) {
  failed = 1;
  const { message, cause } = error as Error;
  console.error(`seed ${seed}: ${message}${cause instanceof Error ? `\n${cause.message}` : ''}`);
} finally {
  await stack.stop();
  await rm(dataDir, { recursive: true, force: true });
}
for (const tally of tallies) {
  const low = tally.acceptedShare < 0.3 || !tally.done();
  if (low) failed = 1;
  console.log(
    `${tally.name}: ${tally.cases} cases, ${(100 * tally.acceptedShare).toFixed(1)} % accepted, ${tally.refused} refused, ${tally.serverErrors.length} × 5xx${low ? '  TOO FEW' : ''}`,
  );
}
console.log(failed ? 'fuzz failed' : 'fuzz passed');
process.exit(failed);

async function inParallel(work: (worker: number) => Promise<void>): Promise<void> {
  await Promise.all(Array.from({ length: WORKERS }, (_, worker) => work(worker)));
}
