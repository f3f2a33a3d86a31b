import type { Migration } from '@cloud-images/service-kit';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const made: readonly (readonly [name: string, index: string])[] = [
  ['events_by_rarer_kind', "(kind, position) WHERE kind <> 'image'"],
  ['events_by_subject', "(image_id, position) WHERE kind <> 'security'"],
  ['security_by_subject', "(image_id, position) WHERE kind = 'security'"],
];
const replaced: readonly (readonly [name: string, index: string])[] = [
  ['events_by_kind', '(kind, position)'],
  ['events_by_image', '(image_id, position)'],
];

/**
 * Nearly every event is of an image, and a search for these finds one wherever it looks: they need not pay for an index by
 * kind. What was read or refused of an image is apart from what happened to it: an owner's search does not wade through it, and
 * each event still pays for one index by subject. Built while the services run, which no transaction can.
 */
export function indexRarerKinds(): Migration {
  return class IndexRarerKinds1764000000004 implements MigrationInterface {
    readonly transaction = false;

    up(runner: QueryRunner): Promise<void> {
      return exchange(runner, made, replaced);
    }

    down(runner: QueryRunner): Promise<void> {
      return exchange(runner, replaced, made);
    }
  };
}

async function exchange(runner: QueryRunner, come: typeof made, go: typeof made): Promise<void> {
  for (const [name, index] of come) {
    // One that an interrupted build left behind is there and not valid.
    await runner.query(`DO $$ BEGIN
      IF EXISTS (SELECT 1 FROM pg_index WHERE indexrelid = to_regclass('ledger.${name}') AND NOT indisvalid)
      THEN DROP INDEX ledger.${name}; END IF; END $$`);
    await runner.query(`CREATE INDEX CONCURRENTLY IF NOT EXISTS ${name} ON ledger.events ${index}`);
  }
  for (const [name] of go) await runner.query(`DROP INDEX CONCURRENTLY IF EXISTS ledger.${name}`);
}
