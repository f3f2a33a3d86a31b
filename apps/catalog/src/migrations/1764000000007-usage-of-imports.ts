import type { Migration } from '@cloud-images/service-kit';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { countImportsToo } from '../image/usage.js';

export function usageOfImports(): Migration {
  return class UsageOfImports1764000000007 implements MigrationInterface {
    async up(runner: QueryRunner): Promise<void> {
      await runner.query(countImportsToo);
    }

    down(): Promise<void> {
      throw new Error('what counts is not changed back');
    }
  };
}
