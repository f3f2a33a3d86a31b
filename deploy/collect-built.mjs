// While an image is built: copies what was built of the named workspaces, and of the workspaces that they depend on, to
// a directory, with the packages that npm installed for one of them alone: `node …/collect-built.mjs /built apps/gateway`.
import { cpSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ours = '@cloud-images/';
const build = join(import.meta.dirname, '..');
const [target, ...named] = process.argv.slice(2);

for (const workspace of closure(named)) {
  copy(build, workspace, 'package.json');
  copy(build, workspace, 'dist');
  copy(process.cwd(), workspace, 'node_modules');
}

function copy(from, workspace, part) {
  const source = join(from, workspace, part);
  if (existsSync(source)) cpSync(source, join(target, workspace, part), { recursive: true });
}

function closure(workspaces) {
  const found = new Set();
  const waiting = [...workspaces];
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    if (found.has(next)) continue;
    found.add(next);
    const { dependencies = {} } = JSON.parse(readFileSync(join(build, next, 'package.json'), 'utf8'));
    for (const name of Object.keys(dependencies)) {
      if (name.startsWith(ours)) waiting.push(join('libs', name.slice(ours.length)));
    }
  }
  return found;
}
