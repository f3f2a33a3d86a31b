import type { Migration } from '@cloud-images/service-kit';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Nearly every event is of an image, and a search for these finds one wherever it looks: they need not pay for an index by kind. */
export function indexRarerKinds(): Migration {
  return class IndexRarerKinds1764000000004 implements MigrationInterface {
    async up(runner: QueryRunner): Promise<void> {
      await runner.query("CREATE INDEX events_by_rarer_kind ON ledger.events (kind, position) WHERE kind <> 'image'");
      await runner.query('DROP INDEX ledger.events_by_kind');
    }

    async down(runner: QueryRunner): Promise<void> {
      await runner.query('CREATE INDEX events_by_kind ON ledger.events (kind, position)');
      await runner.query('DROP INDEX ledger.events_by_rarer_kind');
    }
  };
}
