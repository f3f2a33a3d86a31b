import type { Migration } from '@cloud-images/service-kit';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The end of a span is in no index, and pages have room: ending one rewrites none of the others. */
export function spansEndInPlace(): Migration {
  return class SpansEndInPlace1764000000003 implements MigrationInterface {
    async up(runner: QueryRunner): Promise<void> {
      await runner.query('DROP INDEX history.images_now');
      await runner.query('ALTER TABLE history.images SET (fillfactor = 80)');
    }

    async down(runner: QueryRunner): Promise<void> {
      await runner.query('ALTER TABLE history.images RESET (fillfactor)');
      await runner.query("CREATE UNIQUE INDEX images_now ON history.images (image_id) WHERE valid_to = 'infinity'");
    }
  };
}
