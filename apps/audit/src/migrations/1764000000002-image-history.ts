import type { Migration } from '@cloud-images/service-kit';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { historyMigration } from '../history/schema.js';

export function imageHistory(serviceRole: string): Migration {
  return class ImageHistory1764000000002 implements MigrationInterface {
    async up(runner: QueryRunner): Promise<void> {
      await runner.query(historyMigration(serviceRole));
    }

    async down(runner: QueryRunner): Promise<void> {
      await runner.query('DROP SCHEMA history CASCADE');
    }
  };
}
