import type { Migration } from '@cloud-images/service-kit';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { objectsOfSegments } from '../cloud-files/tables.js';

export function objectsMayHaveSegments(): Migration {
  return class ObjectsMayHaveSegments1764000000007 implements MigrationInterface {
    async up(runner: QueryRunner): Promise<void> {
      await runner.query(objectsOfSegments);
    }

    async down(runner: QueryRunner): Promise<void> {
      await runner.query('ALTER TABLE cloud_files.objects DROP COLUMN manifest');
    }
  };
}
