import type { Migration } from '@cloud-images/service-kit';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { erasuresMigration } from '../erase-person/schema.js';

export function erasures(serviceRole: string): Migration {
  return class Erasures1764000000002 implements MigrationInterface {
    async up(runner: QueryRunner): Promise<void> {
      await runner.query(erasuresMigration(serviceRole));
    }

    async down(runner: QueryRunner): Promise<void> {
      await runner.query('DROP SCHEMA erasure CASCADE');
    }
  };
}
