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

export default {
  testTimeout: 20_000,
  reporters: ['default', '<rootDir>/test/support/coverage-ledger.mjs'],
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: [
        '<rootDir>/{apps,libs}/*/src/**/*.spec.ts',
        '<rootDir>/test/{architecture,faults}/**/*.spec.ts',
        '<rootDir>/examples/**/*.spec.ts',
      ],
      testPathIgnorePatterns: ['/node_modules/', '\\.int\\.spec\\.ts$'],
    },
    {
      ...shared,
      displayName: 'integration',
      testMatch: ['<rootDir>/{apps,libs}/*/src/**/*.int.spec.ts'],
      testPathIgnorePatterns: ['/node_modules/', ...specsLeftOut()],
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
