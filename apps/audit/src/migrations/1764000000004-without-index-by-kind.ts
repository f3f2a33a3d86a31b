import type { Migration } from '@cloud-images/service-kit';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** No search is led by the kind of event: it is looked at on the way. Each event paid for an index that nobody reads. */
export function withoutIndexByKind(): Migration {
  return class WithoutIndexByKind1764000000004 implements MigrationInterface {
    async up(runner: QueryRunner): Promise<void> {
      await runner.query('DROP INDEX ledger.events_by_kind');
    }

    async down(runner: QueryRunner): Promise<void> {
      await runner.query('CREATE INDEX events_by_kind ON ledger.events (kind, position)');
    }
  };
}
