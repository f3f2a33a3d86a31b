import type { Migration } from '@cloud-images/service-kit';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { cloudFilesGrants, cloudFilesTables } from '../cloud-files/tables.js';

export function cloudFiles(serviceRole: string): Migration {
  const role = `"${serviceRole.replaceAll('"', '""')}"`;
  return class CloudFiles1764000000004 implements MigrationInterface {
    async up(runner: QueryRunner): Promise<void> {
      await runner.query(cloudFilesTables);
      await runner.query(cloudFilesGrants(role));
    }

    async down(runner: QueryRunner): Promise<void> {
      await runner.query('DROP SCHEMA cloud_files CASCADE');
    }
  };
}
