// npm run check: types, lint, formatting, dependency rules with their canaries, duplicates. Prints one line for each and
// what was found.
import { join } from 'node:path';
import { root } from './node24.mjs';
import { runProgram } from './run-program.mjs';

const bin = (name) => join(root, 'node_modules', '.bin', name);
const checks = [
  ['types', [bin('tsc'), '-p', 'tsconfig.json']],
  ['lint', [bin('eslint'), '.', '--ignore-pattern', 'test/architecture/canaries/**', '--max-warnings', '0']],
  ['boundaries', [join(root, 'tools', 'boundaries.mjs')]],
  ['formatting', [bin('prettier'), '--check', '--log-level', 'warn', '.']],
  ['duplicates', [bin('jscpd'), '--config', '.jscpd.json']],
];

let passed = 0;
let failed = 0;
const waiting = [...checks];
await Promise.all([worker(), worker()]);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

async function worker() {
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    const [name, argv] = next;
    const started = performance.now();
    const { code, output } = await runProgram(process.execPath, argv, { cwd: root });
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.log(`${code === 0 ? 'ok  ' : 'FAIL'} ${name} (${seconds} s)`);
    if (code === 0) passed += 1;
    else failed += 1;
    if (code !== 0) console.log(output);
  }
}
