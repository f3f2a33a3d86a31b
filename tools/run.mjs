// Runs a program of this repository with Node 24, which runs TypeScript as it is: `node tools/run.mjs test/fuzz/main.ts …`.
// Installs and builds first, so that each command works on a fresh clone.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ensureBuilt } from './build.mjs';
import { node24, root } from './node24.mjs';
import { ensureInstalled } from './npm-install.mjs';

const [script, ...args] = process.argv.slice(2);
const say = (line) => console.error(`  ${line}`);

try {
  if (!script) throw new Error('name a program');
  await ensureInstalled(say);
  await ensureBuilt(say);
  const flags = ['--experimental-transform-types', '--disable-warning=ExperimentalWarning'];
  const child = spawn(node24(), [...flags, join(root, script), ...args], {
    cwd: root,
    stdio: 'inherit',
  });
  // The terminal sends Ctrl-C to the program as well, which ends in its own way; a kill is passed on.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('close', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 143)));
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
