import type { Migration } from '@cloud-images/service-kit';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { facetedImagesTable } from '../read-model/create-read-model.js';
import { AT_ONCE, inSteps } from './in-steps.js';

// What a service of the landing before still writes while the new ones come up; the new ones don't write that table.
const following = `
CREATE OR REPLACE FUNCTION read_model.place_facets() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    DELETE FROM read_model.faceted_images f USING read_model.images i
    WHERE i.id = OLD.id AND f.facet = ANY (OLD.facets) AND f.created_at = i.created_at AND f.id = OLD.id;
  END IF;
  IF TG_OP <> 'DELETE' THEN
    INSERT INTO read_model.faceted_images (facet, created_at, id)
    SELECT unnest(NEW.facets), i.created_at, i.id FROM read_model.images i WHERE i.id = NEW.id
    ON CONFLICT DO NOTHING;
  END IF;
  RETURN NULL;
END $$`;
// Waits for the transactions that write the table, so that each row is seen by the trigger or by what comes behind it.
const trigger = `
CREATE OR REPLACE TRIGGER place_facets AFTER INSERT OR UPDATE OR DELETE ON read_model.image_facets
FOR EACH ROW EXECUTE FUNCTION read_model.place_facets()`;

// Locked, or a change between the reading of a row and the writing of its facets would be undone.
const move = `
WITH batch AS MATERIALIZED (
  SELECT id, facets FROM read_model.image_facets WHERE id > $1 ORDER BY id LIMIT ${AT_ONCE} FOR UPDATE
), placed AS (
  INSERT INTO read_model.faceted_images (facet, created_at, id)
  SELECT unnest(b.facets), i.created_at, i.id FROM batch b JOIN read_model.images i ON i.id = b.id
  ON CONFLICT DO NOTHING
)
SELECT id FROM batch ORDER BY id DESC LIMIT 1`;

/**
 * For read models that had the facets of an image in one row: they get a row each, in the order of lists. In bounded
 * steps while the services run; begun again, it goes over what it has done. The old table stays for those that read it.
 */
export function facetsInOrder(serviceRole: string): Migration {
  const role = `"${serviceRole.replaceAll('"', '""')}"`;
  return class FacetsInOrder1764000000009 implements MigrationInterface {
    readonly transaction = false;

    async up(runner: QueryRunner): Promise<void> {
      const [old] = (await runner.query(`SELECT to_regclass('read_model.image_facets') AS name`)) as {
        name: unknown;
      }[];
      if (old?.name == null) return;
      const there = facetedImagesTable.replace('TABLE faceted_images', 'TABLE IF NOT EXISTS read_model.faceted_images');
      await runner.query(there);
      await runner.query(`GRANT SELECT, INSERT, UPDATE, DELETE ON read_model.faceted_images TO ${role}`);
      await runner.query(following);
      await runner.query(trigger);
      await inSteps(runner, move);
    }

    async down(runner: QueryRunner): Promise<void> {
      await runner.query('DROP FUNCTION IF EXISTS read_model.place_facets() CASCADE');
      await runner.query('DROP TABLE read_model.faceted_images');
    }
  };
}
