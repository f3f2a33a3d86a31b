import type { Migration } from '@cloud-images/service-kit';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { dataKnowsItsHash } from '../cloud-files/tables.js';

export function dataHasASha512(): Migration {
  return class DataHasASha5121764000000008 implements MigrationInterface {
    async up(runner: QueryRunner): Promise<void> {
      await runner.query(dataKnowsItsHash);
    }

    async down(runner: QueryRunner): Promise<void> {
      await runner.query('ALTER TABLE cloud_files.data DROP COLUMN sha512');
    }
  };
}
