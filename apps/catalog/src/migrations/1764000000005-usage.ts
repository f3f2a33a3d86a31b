import type { Migration } from '@cloud-images/service-kit';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { dueEndsTable } from '../image/due-ends.js';
import { reservedColumn } from '../image/upload-leases.js';
import { usageTables } from '../image/usage.js';

export function usage(serviceRole: string): Migration {
  const role = `"${serviceRole.replaceAll('"', '""')}"`;
  return class Usage1764000000005 implements MigrationInterface {
    async up(runner: QueryRunner): Promise<void> {
      await runner.query(reservedColumn);
      await runner.query(usageTables);
      await runner.query(dueEndsTable);
      await runner.query(`GRANT SELECT, INSERT, UPDATE, DELETE ON log.project_usage, log.due_ends TO ${role}`);
      await runner.query(`GRANT SELECT, UPDATE ON log.usage_state TO ${role}`);
    }

    async down(runner: QueryRunner): Promise<void> {
      await runner.query('DROP FUNCTION log.count_usage(bigint)');
      await runner.query('DROP TABLE log.project_usage, log.usage_state, log.due_ends');
      await runner.query('ALTER TABLE log.upload_leases DROP COLUMN reserved');
    }
  };
}
