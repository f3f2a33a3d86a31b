import type { SqlExecutor } from '@cloud-images/event-store';
import type { Migration } from '@cloud-images/service-kit';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createReadModel } from '../read-model/create-read-model.js';

export function readModel(serviceRole: string): Migration {
  const role = `"${serviceRole.replaceAll('"', '""')}"`;
  return class ReadModel1764000000002 implements MigrationInterface {
    async up(runner: QueryRunner): Promise<void> {
      await runner.query('CREATE SCHEMA read_model');
      await runner.query('SET LOCAL search_path = read_model, public');
      await createReadModel(executor(runner));
      await runner.query(`GRANT USAGE ON SCHEMA read_model TO ${role}`);
      await runner.query(`GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA read_model TO ${role}`);
      // TypeORM writes its own row in this transaction, in the schema it expects.
      await runner.query('SET LOCAL search_path TO DEFAULT');
    }

    async down(runner: QueryRunner): Promise<void> {
      await runner.query('DROP SCHEMA read_model CASCADE');
    }
  };
}

const executor = (runner: QueryRunner): SqlExecutor => ({
  query: async (text, values) => {
    const rows = (await runner.query(text, values as unknown[])) as never[];
    return { rows, rowCount: rows.length };
  },
});
