// npm run schemathesis -- [--cases 20000] [--seed n] [--url http://…]: schemathesis, unmodified from PyPI, against the
// service and its own /openapi.json: examples, edge cases, fuzz and sequences of calls, as a member and as an admin by
// turns. Nothing may be answered with a 5xx, a status that the document does not name, or a body that is not of its
// schema. Before that the document is validated by the schema of OpenAPI 3.1 itself. Ends with `N passed, N failed`.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startStack } from '../../tools/stack.mjs';
import { login } from '../support/api-client.ts';
import { installPython } from '../support/python-environment.ts';
import { runRound } from './round.ts';
import { complaintOf } from './validate-document.ts';

const { values } = parseArgs({
  options: { cases: { type: 'string', default: '20000' }, seed: { type: 'string' }, url: { type: 'string' } },
});
const wanted = Number(values.cases);
const firstSeed = Number(values.seed ?? Date.now() % 1_000_000);
if (![wanted, firstSeed].every((value) => Number.isSafeInteger(value) && value >= 0)) {
  throw new Error('--cases and --seed take whole numbers');
}
const say = (line: string) => console.log(`  ${line}`);
const roundsAtMost = 200;

await installPython('schemathesis', join(import.meta.dirname, 'requirements.txt'), say);
const directory = await mkdtemp(join(tmpdir(), 'cloud-images-schemathesis-'));
const stack = values.url === undefined ? await ownStack() : undefined;
let [cases, failures, valid] = [0, 0, false];
try {
  const url = stack?.url ?? values.url ?? '';
  const complaint = await complaintOf(url, directory);
  valid = complaint === null;
  console.log(complaint ?? 'the document is OpenAPI 3.1');
  for (let round = 0; cases < wanted && round < roundsAtMost; round += 1) {
    const user = round % 2 === 0 ? 'demo' : 'admin';
    const { client } = await login(url, user);
    await client.close();
    const seed = firstSeed + round;
    const found = await runRound({ url, token: client.token, seed, examples: examplesFor(wanted - cases), directory });
    cases += found.cases;
    failures += found.failures.length;
    say(`${found.cases} cases as ${user}, seed ${seed}: ${found.failures.length} failures (${cases} cases so far)`);
    for (const failure of found.failures) console.log(failure);
    if (found.cases === 0 || failures > 0) break;
  }
} finally {
  await stack?.stop();
  await rm(directory, { recursive: true, force: true });
}
if (cases < wanted && failures === 0) {
  console.log(`only ${cases} of ${wanted} cases were made`);
  failures = 1;
}
console.log(`${cases} cases against the API's own document, seed ${firstSeed}, ${failures} kinds of failure`);
const failed = failures + (valid ? 0 : 1);
console.log(`${(failures === 0 ? 1 : 0) + (valid ? 1 : 0)} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

function ownStack() {
  const identityFile = join(import.meta.dirname, '../acceptance/users.yaml');
  return startStack({
    dataDir: join(directory, 'data'),
    identityFile,
    env: { CLOUD_IMAGES_LOG_LEVEL: 'warn' },
    log: say,
  });
}

/** Of each operation in a round: sequences and edge cases come on top. */
function examplesFor(left: number): number {
  // More of a round than a busy machine can do within its time limit would be lost.
  return Math.max(5, Math.min(40, Math.ceil(left / 100)));
}
