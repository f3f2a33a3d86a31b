import type { Migration } from '@cloud-images/service-kit';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { objectsKnowTheirHash } from '../cloud-files/tables.js';

export function objectsHaveASha512(): Migration {
  return class ObjectsHaveASha5121764000000008 implements MigrationInterface {
    async up(runner: QueryRunner): Promise<void> {
      await runner.query(objectsKnowTheirHash);
    }

    async down(runner: QueryRunner): Promise<void> {
      await runner.query('ALTER TABLE cloud_files.objects DROP COLUMN sha512');
    }
  };
}
