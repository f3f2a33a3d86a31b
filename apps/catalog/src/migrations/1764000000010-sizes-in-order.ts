import type { Migration } from '@cloud-images/service-kit';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { sizedImagesTable, sizesFollow } from '../read-model/create-read-model.js';
import { sizeClassesSql } from '../read-model/size-classes.js';
import { AT_ONCE, inSteps } from './in-steps.js';

// Locked, or a change between the reading of a row and the writing of its classes would be undone.
const place = `
WITH batch AS MATERIALIZED (
  SELECT id, created_at, size, listed FROM read_model.images WHERE id > $1 ORDER BY id LIMIT ${AT_ONCE} FOR UPDATE
), placed AS (
  INSERT INTO read_model.sized_images (class, created_at, id, size)
  SELECT unnest(${sizeClassesSql('b.size')}), b.created_at, b.id, b.size FROM batch b WHERE b.listed AND b.size IS NOT NULL
  ON CONFLICT DO NOTHING
)
SELECT id FROM batch ORDER BY id DESC LIMIT 1`;

/**
 * For read models that were made before sizes had classes. In bounded steps while the services run, those of the landing
 * before too: whatever writes an image, triggers follow it. Begun again, it goes over what it has done.
 */
export function sizesInOrder(serviceRole: string): Migration {
  const role = `"${serviceRole.replaceAll('"', '""')}"`;
  return class SizesInOrder1764000000010 implements MigrationInterface {
    readonly transaction = false;

    async up(runner: QueryRunner): Promise<void> {
      await runner.query(sizedImagesTable.replace('TABLE sized_images', 'TABLE IF NOT EXISTS read_model.sized_images'));
      await runner.query(`GRANT SELECT, INSERT, UPDATE, DELETE ON read_model.sized_images TO ${role}`);
      // Each waits for the transactions that write images, so that a row is seen by the triggers or by what comes behind them.
      for (const statement of sizesFollow) {
        await runner.query(
          statement
            .replace('FUNCTION place_size', 'FUNCTION read_model.place_size')
            .replace('ON images', 'ON read_model.images'),
        );
      }
      await inSteps(runner, place);
      await runner.query('ANALYZE read_model.sized_images');
    }

    async down(runner: QueryRunner): Promise<void> {
      await runner.query('DROP FUNCTION read_model.place_size() CASCADE');
      await runner.query('DROP TABLE read_model.sized_images');
    }
  };
}
