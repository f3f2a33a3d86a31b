import type { Migration } from '@cloud-images/service-kit';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { indexesOfOrders } from '../read-model/create-read-model.js';

/** For read models that were made before they had them. Built while the services run, which no transaction can. */
export function ordersHaveIndexes(): Migration {
  return class OrdersHaveIndexes1764000000008 implements MigrationInterface {
    readonly transaction = false;

    async up(runner: QueryRunner): Promise<void> {
      for (const statement of indexesOfOrders) {
        const name = /CREATE INDEX (\w+)/.exec(statement)?.[1] ?? '';
        // One that an interrupted build left behind is there and not valid.
        await runner.query(`DO $$ BEGIN
          IF EXISTS (SELECT 1 FROM pg_index WHERE indexrelid = to_regclass('read_model.${name}') AND NOT indisvalid)
          THEN DROP INDEX read_model.${name}; END IF; END $$`);
        const there = statement.replace('CREATE INDEX', 'CREATE INDEX CONCURRENTLY IF NOT EXISTS');
        await runner.query(there.replace('ON images', 'ON read_model.images'));
      }
    }

    async down(runner: QueryRunner): Promise<void> {
      for (const statement of indexesOfOrders) {
        await runner.query(`DROP INDEX read_model.${/CREATE INDEX (\w+)/.exec(statement)?.[1] ?? ''}`);
      }
    }
  };
}
