import type { Migration } from '@cloud-images/service-kit';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { ledgerMigration } from '../ledger/schema.js';

export function ledger(serviceRole: string): Migration {
  return class Ledger1764000000001 implements MigrationInterface {
    async up(runner: QueryRunner): Promise<void> {
      await runner.query(ledgerMigration(serviceRole));
    }

    down(): Promise<void> {
      throw new Error('the ledger is never taken away');
    }
  };
}
