// npm run defects -- [--only text] [--every n]: puts one defect after the other into the sources, as the tests see them,
// and runs the one test file that must find it. Prints who was caught, and by which test. A test that is red without any
// defect proves nothing: all of them run without one first. Ends with `N passed, N failed`.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Defect } from './defect.ts';
import { imageDefects } from './image-defects.ts';
import { otherDefects } from './other-defects.ts';
import { runSpecs } from './run-specs.ts';

const root = join(import.meta.dirname, '../..');
const { values } = parseArgs({ options: { only: { type: 'string' }, every: { type: 'string', default: '1' } } });
const every = Number(values.every);
if (!Number.isSafeInteger(every) || every < 1) throw new Error('--every takes a whole number from 1');

const all = [...imageDefects, ...otherDefects];
for (const defect of all) assertThere(defect);
const chosen = all.filter(
  ({ what, file }, place) => place % every === 0 && `${what} ${file}`.includes(values.only ?? ''),
);
if (chosen.length === 0) throw new Error('no defect is called that');

const specs = [...new Set(chosen.map(({ spec }) => spec))];
const sound = await runSpecs(specs);
console.log(`without a defect: ${sound.passed} tests pass, ${sound.failing.length} fail`);
let [passed, failed] = sound.failing.length === 0 && sound.passed > 0 ? [1, 0] : [0, 1];
for (const title of sound.failing) console.log(`  ${title}`);

for (const [place, defect] of (failed === 0 ? chosen : []).entries()) {
  const { failing, problem } = await runSpecs([defect.spec], defect);
  const by = failing.find((title) => title.includes(defect.title));
  if (by === undefined) failed += 1;
  else passed += 1;
  const number = String(place + 1).padStart(2);
  console.log(`${number}  ${by === undefined ? 'MISSED' : 'caught'}  ${defect.what}`);
  console.log(`            ${by ?? `${failing.length} tests failed: ${failing.join('; ') || problem}`}`);
}
console.log(`${chosen.length} defects`);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

/** A change that changes nothing, or more than one place, would not be the defect that it says it is. */
function assertThere({ file, from, what }: Defect): void {
  const found = readFileSync(join(root, file), 'utf8').split(from).length - 1;
  if (found !== 1) throw new Error(`«${what}»: ${JSON.stringify(from)} is ${found} times in ${file}`);
}
