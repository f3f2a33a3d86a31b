// The dependency rules over the tree, and both rule sets over their canaries: each canary names the rule that must reject
// it, each dependency rule must have one, and the tree must be as large as it is, or the check looked at nothing.
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { root } from './node24.mjs';

const LEAST_MODULES = 150;
const canaries = join(root, 'test', 'architecture', 'canaries');
const rules = join(root, '.dependency-cruiser.mjs');
const problems = [];

const [tree, caged, lint] = await Promise.all([
  cruise(root, ['apps', 'libs', 'test/acceptance']),
  cruise(canaries, ['apps', 'libs', 'test']),
  run(root, 'eslint', ['--format', 'json', canaries]).then(JSON.parse),
]);

const comments = new Map((await import(rules)).default.forbidden.map(({ name, comment }) => [name, comment]));
for (const { rule, from, to } of tree.summary.violations) {
  problems.push(`${from} → ${to}: ${rule.name}. ${comments.get(rule.name)}`);
}
const sources = tree.modules.filter(({ source }) => /^(apps|libs)\//.test(source)).length;
if (sources < LEAST_MODULES)
  problems.push(`only ${sources} modules were seen, there must be ${LEAST_MODULES} at least`);

const caught = new Set(caged.summary.violations.map(({ rule, from }) => `${from} ${rule.name}`));
for (const { filePath, messages } of lint) {
  for (const { ruleId } of messages) caught.add(`${relative(canaries, filePath)} ${ruleId}`);
}
const expected = readdirSync(canaries, { recursive: true })
  .filter((file) => file.endsWith('.ts'))
  .flatMap((file) => {
    const [, rule] = /^\/\/ (?:lint )?canary: (\S+)/.exec(readFileSync(join(canaries, file), 'utf8')) ?? [];
    return rule ? [{ file, rule }] : [];
  });
for (const { file, rule } of expected) {
  if (!caught.has(`${file} ${rule}`)) problems.push(`canary ${file} was not rejected by ${rule}: the rule can't fail`);
}
for (const rule of comments.keys()) {
  if (!expected.some((one) => one.rule === rule)) problems.push(`no canary for the rule ${rule}`);
}

for (const problem of problems) console.error(problem);
console.log(`${sources} modules, ${comments.size} dependency rules, ${expected.length} canaries rejected`);
process.exit(problems.length === 0 ? 0 : 1);

async function cruise(cwd, folders) {
  return JSON.parse(await run(cwd, 'depcruise', ['--config', rules, '--output-type', 'json', ...folders]));
}

// Both tools end with a code other than 0 when they found something: that is what is wanted of the canaries.
function run(cwd, tool, args) {
  const file = join(root, 'node_modules', '.bin', tool);
  return new Promise((done, fail) => {
    execFile(process.execPath, [file, ...args], { cwd, maxBuffer: 1 << 28 }, (error, stdout, stderr) =>
      stdout.startsWith('{') || stdout.startsWith('[') ? done(stdout) : fail(error ?? new Error(`${tool}: ${stderr}`)),
    );
  });
}
