import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Defect } from './defect.ts';

const root = join(import.meta.dirname, '../..');
const LONGEST_MS = 240_000;

export interface Outcome {
  readonly passed: number;
  /** Titles of the tests that failed. */
  readonly failing: readonly string[];
  /** Why files did not even load; empty when they did. */
  readonly problem: string;
}

interface Report {
  readonly numPassedTests: number;
  readonly testResults: {
    readonly message: string;
    readonly assertionResults: { readonly status: string; readonly fullName: string }[];
  }[];
}

/** Runs these test files, with a defect in the sources when one is given. */
export async function runSpecs(
  specs: readonly string[],
  defect?: Pick<Defect, 'file' | 'from' | 'to'>,
): Promise<Outcome> {
  const directory = await mkdtemp(join(tmpdir(), 'cloud-images-defect-'));
  const outcome = join(directory, 'outcome.json');
  const flags = ['--disable-warning=ExperimentalWarning', '--experimental-vm-modules'];
  const jest = [join(root, 'node_modules/jest/bin/jest.js'), '--config', join(import.meta.dirname, 'jest.config.mjs')];
  const project = ['--selectProjects', ...new Set(specs.map(projectOf)), '--testTimeout=20000'];
  const report = ['--json', `--outputFile=${outcome}`, '--reporters=default'];
  // A defect may make a test wait for what never comes.
  const child = spawn(
    process.execPath,
    [...flags, ...jest, ...project, ...report, '--forceExit', '--runTestsByPath', ...specs],
    {
      cwd: root,
      stdio: 'ignore',
      timeout: LONGEST_MS,
      env: { ...process.env, ...(defect === undefined ? {} : { CLOUD_IMAGES_DEFECT: JSON.stringify(defect) }) },
    },
  );
  await once(child, 'close');
  try {
    const { numPassedTests, testResults } = JSON.parse(await readFile(outcome, 'utf8')) as Report;
    const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
    return {
      passed: numPassedTests,
      failing: tests.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName),
      problem: testResults.map(({ message }) => message.slice(0, 500)).join('\n'),
    };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

const projectOf = (spec: string): string => (spec.endsWith('.int.spec.ts') ? 'integration' : 'unit');
