import type { Migration } from '@cloud-images/service-kit';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { objectsExpire } from '../cloud-files/tables.js';

export function objectsHaveAnEnd(): Migration {
  return class ObjectsHaveAnEnd1764000000006 implements MigrationInterface {
    async up(runner: QueryRunner): Promise<void> {
      await runner.query(objectsExpire);
    }

    async down(runner: QueryRunner): Promise<void> {
      await runner.query('ALTER TABLE cloud_files.objects DROP COLUMN delete_at');
    }
  };
}
