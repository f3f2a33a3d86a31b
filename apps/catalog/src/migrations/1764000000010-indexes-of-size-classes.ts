import type { Migration } from '@cloud-images/service-kit';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { indexesOfSizeClasses } from '../read-model/create-read-model.js';
import { dropIndexes, makeIndexes } from './make-indexes.js';

/** For read models that were made before they had them. Built while the services run, which no transaction can. */
export function sizeClassesHaveIndexes(): Migration {
  return class SizeClassesHaveIndexes1764000000010 implements MigrationInterface {
    readonly transaction = false;

    async up(runner: QueryRunner): Promise<void> {
      await makeIndexes(runner, indexesOfSizeClasses);
    }

    async down(runner: QueryRunner): Promise<void> {
      await dropIndexes(runner, indexesOfSizeClasses);
    }
  };
}
