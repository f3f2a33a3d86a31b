import { rememberedAnswersMigration } from '@cloud-images/event-store';
import type { Migration } from '@cloud-images/service-kit';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { tasksTable } from '../read-model/tasks.projection.js';
import { projectTurnsTable } from '../task/project-turns.js';
import { taskLeasesTable } from '../task/task-leases.js';

export function tasks(serviceRole: string): Migration {
  const role = `"${serviceRole.replaceAll('"', '""')}"`;
  return class Tasks1764000000002 implements MigrationInterface {
    async up(runner: QueryRunner): Promise<void> {
      await runner.query('CREATE SCHEMA read_model');
      await runner.query('SET LOCAL search_path = read_model, public');
      await runner.query(tasksTable);
      // TypeORM writes its own row in this transaction, in the schema it expects.
      await runner.query('SET LOCAL search_path TO DEFAULT');
      await runner.query(taskLeasesTable);
      await runner.query(projectTurnsTable);
      await runner.query(rememberedAnswersMigration(serviceRole));
      await runner.query(`GRANT USAGE ON SCHEMA read_model TO ${role}`);
      await runner.query(
        `GRANT SELECT, INSERT, UPDATE, DELETE ON read_model.tasks, log.task_leases, log.project_turns TO ${role}`,
      );
    }

    async down(runner: QueryRunner): Promise<void> {
      await runner.query('DROP TABLE log.task_leases, log.project_turns, log.remembered_answers');
      await runner.query('DROP SCHEMA read_model CASCADE');
    }
  };
}
