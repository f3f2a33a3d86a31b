import type { Migration } from '@cloud-images/service-kit';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** When an erasure was last gone on with: those that wait longest are next. */
export function erasuresTakeTurns(): Migration {
  return class ErasuresTakeTurns1764000000003 implements MigrationInterface {
    async up(runner: QueryRunner): Promise<void> {
      await runner.query('ALTER TABLE erasure.people ADD COLUMN tried_at timestamptz');
    }

    async down(runner: QueryRunner): Promise<void> {
      await runner.query('ALTER TABLE erasure.people DROP COLUMN tried_at');
    }
  };
}
