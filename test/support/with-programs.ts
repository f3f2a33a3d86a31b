import { spawnSync } from 'node:child_process';

/** A test that needs programs which a machine with only Node has not: `npm test` says then that it is left out, and why. */
export const withPrograms = (...names: readonly string[]): jest.It =>
  names.every((name) => spawnSync(name, ['--version']).status === 0) ? it : it.skip;

export const withQemu = withPrograms('qemu-img');
