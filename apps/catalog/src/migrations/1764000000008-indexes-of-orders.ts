import type { Migration } from '@cloud-images/service-kit';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { dropIndexes, makeIndexes } from './make-indexes.js';
import { indexesOfOrders } from '../read-model/create-read-model.js';

/** For read models that were made before they had them. Built while the services run, which no transaction can. */
export function ordersHaveIndexes(): Migration {
  return class OrdersHaveIndexes1764000000008 implements MigrationInterface {
    readonly transaction = false;

    async up(runner: QueryRunner): Promise<void> {
      await makeIndexes(runner, indexesOfOrders);
    }

    async down(runner: QueryRunner): Promise<void> {
      await dropIndexes(runner, indexesOfOrders);
    }
  };
}
