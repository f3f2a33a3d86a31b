import { spawnSync } from 'node:child_process';

/** A test that needs `qemu-img`, which a machine with only Node has not: `npm test` says then that it is left out, and why. */
export const withQemu = spawnSync('qemu-img', ['--version']).status === 0 ? it : it.skip;
