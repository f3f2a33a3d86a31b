// The unit and integration tests of the repository, with a defect in one of its source files (seeding-transform.mjs).
import { join } from 'node:path';
import config from '../../jest.config.mjs';

const rootDir = join(import.meta.dirname, '../..');
const seeding = join(import.meta.dirname, 'seeding-transform.mjs');

export default {
  rootDir,
  projects: config.projects
    .filter(({ displayName }) => displayName !== 'acceptance')
    .map((project) => ({ ...project, rootDir, transform: { '^.+\\.ts$': seeding } })),
};
