// `npm test`: everything that a machine with only Node can check. Installs and builds what it needs first. Arguments go
// to Jest (`npm test -- libs/blobs`). Ends with a line `N passed, N failed`.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { findServers } from '../test/support/real-servers.mjs';
import { ensureBuilt } from './build.mjs';
import { node24, root } from './node24.mjs';
import { ensureInstalled } from './npm-install.mjs';

const say = (line) => console.log(`  ${line}`);
const projects = ['unit', 'integration', 'acceptance'];

try {
  const [major] = process.versions.node.split('.').map(Number);
  if (major < 20) throw new Error(`this needs Node 20 or newer, and this is ${process.version}`);
  await ensureInstalled(say);
  await ensureBuilt(say);
  const totals = { passed: 0, failed: 0 };
  const servers = await findServers(process.argv.slice(2), say);
  try {
    for (const project of projects) {
      console.log(`\n${project}`);
      const { passed, failed } = await jest(project, process.argv.slice(2));
      totals.passed += passed;
      totals.failed += failed;
    }
  } finally {
    await servers.stop();
  }
  for (const line of servers.leftOut) console.log(`\nnot tested here: ${line}`);
  console.log(`\n${totals.passed} passed, ${totals.failed} failed`);
  process.exit(totals.failed > 0 || totals.passed === 0 ? 1 : 0);
} catch (error) {
  console.error(`npm test: ${error.message}`);
  process.exit(1);
}

// A file that does not even load, or a setup that fails, counts as one failure: it has no tests to count.
async function jest(project, args) {
  const dir = mkdtempSync(join(tmpdir(), 'cloud-images-results-'));
  const outcome = join(dir, 'outcome.json');
  const flags = ['--disable-warning=ExperimentalWarning', '--experimental-vm-modules'];
  // Most of them wait for a database or a broker; the acceptance tests share one service.
  const workers = project === 'acceptance' ? 1 : Math.max(availableParallelism() - 1, 2);
  const own = ['--selectProjects', project, '--passWithNoTests', '--json', `--outputFile=${outcome}`];
  own.push(`--maxWorkers=${workers}`);
  try {
    const code = await new Promise((done, fail) => {
      const child = spawn(node24(), [...flags, join(root, 'node_modules/jest/bin/jest.js'), ...own, ...args], {
        cwd: root,
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      child.on('error', fail);
      child.on('close', (status) => done(status ?? 1));
    });
    const result = read(outcome);
    const passed = result?.numPassedTests ?? 0;
    const failed = (result?.numFailedTests ?? 0) + (result?.numRuntimeErrorTestSuites ?? 0);
    return { passed, failed: code === 0 ? failed : Math.max(failed, 1) };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function read(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}
