// Unit (`*.spec.ts`) and integration (`*.int.spec.ts`, on a real PostgreSQL) tests, as ES modules, straight from the
// sources; acceptance tests see the built service from outside only.
import { specsLeftOut } from './test/support/real-servers.mjs';

const shared = {
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['source', 'node', 'node-addons'] },
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: { '^.+\\.ts$': '@swc/jest' },
  modulePathIgnorePatterns: ['/dist/'],
};

// Without a broker these could only fail; `npm test` says so, see tools/kafka-for-tests.mjs.
const leftOut = [
  ...(process.env.CLOUD_IMAGES_TEST_KAFKA ? [] : ['/kafka\\.int\\.spec\\.ts$']),
  ...(process.env.CLOUD_IMAGES_TEST_KAFKA_CONTAINERS ? [] : ['/kafka-faults\\.int\\.spec\\.ts$']),
];

export default {
  reporters: ['default', '<rootDir>/test/support/coverage-ledger.mjs'],
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: ['<rootDir>/{apps,libs}/*/src/**/*.spec.ts', '<rootDir>/test/architecture/**/*.spec.ts'],
      testPathIgnorePatterns: ['/node_modules/', '\\.int\\.spec\\.ts$'],
    },
    {
      ...shared,
      displayName: 'integration',
      testMatch: ['<rootDir>/{apps,libs}/*/src/**/*.int.spec.ts'],
      testPathIgnorePatterns: ['/node_modules/', ...specsLeftOut, ...leftOut],
      globalSetup: '<rootDir>/test/support/start-postgres.mjs',
      globalTeardown: '<rootDir>/test/support/stop-postgres.mjs',
    },
    {
      ...shared,
      displayName: 'acceptance',
      testMatch: ['<rootDir>/test/acceptance/**/*.spec.ts'],
      globalSetup: '<rootDir>/test/support/start-service.mjs',
      globalTeardown: '<rootDir>/test/support/stop-service.mjs',
    },
  ],
};
