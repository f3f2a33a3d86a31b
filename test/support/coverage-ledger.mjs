// Reporter of the acceptance tests: which rule of the specification is tested by which tests, as they ran. Writes
// test/acceptance/COVERAGE.md after a run of the whole suite, and fails a run in which a rule has no test.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { clauses } from '../acceptance/rules/clauses.mjs';

const folder = fileURLToPath(new URL('../acceptance', import.meta.url));
const file = join(folder, 'COVERAGE.md');
const titleOf = /^\[([^\]]+)\] (.+)$/s;

export default class CoverageLedger {
  #problems = [];

  constructor({ testNamePattern }) {
    this.byName = Boolean(testNamePattern);
  }

  onRunComplete(_contexts, { testResults }) {
    const found = new Map(Object.keys(clauses).map((rule) => [rule, []]));
    const suites = testResults.filter(({ testFilePath }) => testFilePath.startsWith(folder));
    for (const { title, status } of suites.flatMap((suite) => suite.testResults)) {
      const [, rule, says] = titleOf.exec(title) ?? [];
      if (rule === undefined) continue;
      if (!found.has(rule)) this.#problems.push(`a test names the rule ${rule}, which is not in clauses.mjs`);
      else if (status === 'passed' || status === 'failed') found.get(rule).push(says);
    }
    const count = [...found.values()].reduce((sum, tests) => sum + tests.length, 0);
    const ran = new Set(testResults.map(({ testFilePath }) => testFilePath));
    if (this.byName || !allSpecs().every((spec) => ran.has(spec))) return;
    for (const [rule, tests] of found) if (tests.length === 0) this.#problems.push(`no test of the rule ${rule} ran`);
    write(found, count);
  }

  // Jest only leaves with 1 for it, and says nothing.
  getLastError() {
    for (const problem of this.#problems) console.error(problem);
    return this.#problems.length > 0 ? new Error(this.#problems.join('\n')) : undefined;
  }
}

function write(found, count) {
  const sections = [...found].map(([rule, tests]) => {
    const lines = tests.sort().map((says) => `- ${escaped(says)}`);
    return `## ${escaped(rule)} (${tests.length})\n\n${escaped(clauses[rule])}\n\n${lines.join('\n')}\n`;
  });
  const text = `# What the acceptance tests cover\n\nWritten by the run: ${count} tests of ${found.size} rules.\n\n${sections.join('\n')}`;
  if (readIfThere() !== text) writeFileSync(file, text);
}

const allSpecs = () =>
  readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith('.spec.ts'))
    .map((name) => join(folder, name));

const escaped = (text) => text.replaceAll(/[\\*_<>[\]`|]/g, '\\$&').replaceAll('\n', ' ');

function readIfThere() {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
