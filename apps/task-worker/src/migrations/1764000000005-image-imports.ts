import type { Migration } from '@cloud-images/service-kit';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { imageImportsTable } from '../read-model/image-imports.query.js';

export function imageImports(serviceRole: string): Migration {
  const role = `"${serviceRole.replaceAll('"', '""')}"`;
  return class ImageImports1764000000005 implements MigrationInterface {
    async up(runner: QueryRunner): Promise<void> {
      await runner.query(imageImportsTable);
      await runner.query(`GRANT SELECT, INSERT, DELETE ON log.image_imports TO ${role}`);
    }

    async down(runner: QueryRunner): Promise<void> {
      await runner.query('DROP TABLE log.image_imports');
    }
  };
}
