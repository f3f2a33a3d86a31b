import { rememberedAnswersMigration } from '@cloud-images/event-store';
import type { Migration } from '@cloud-images/service-kit';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export function rememberedAnswers(serviceRole: string): Migration {
  return class RememberedAnswers1764000000003 implements MigrationInterface {
    async up(runner: QueryRunner): Promise<void> {
      await runner.query(rememberedAnswersMigration(serviceRole));
    }

    async down(runner: QueryRunner): Promise<void> {
      await runner.query('DROP TABLE log.remembered_answers');
    }
  };
}
