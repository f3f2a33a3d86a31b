import type { QueryRunner } from 'typeorm';

const nameIn = (statement: string): string => /CREATE INDEX (\w+)/.exec(statement)?.[1] ?? '';

/** Of the read model's images, while the services run, which no transaction can; those that are there already stay. */
export async function makeIndexes(runner: QueryRunner, statements: readonly string[]): Promise<void> {
  for (const statement of statements) {
    const name = nameIn(statement);
    // One that an interrupted build left behind is there and not valid.
    await runner.query(`DO $$ BEGIN
      IF EXISTS (SELECT 1 FROM pg_index WHERE indexrelid = to_regclass('read_model.${name}') AND NOT indisvalid)
      THEN DROP INDEX read_model.${name}; END IF; END $$`);
    const there = statement.replace('CREATE INDEX', 'CREATE INDEX CONCURRENTLY IF NOT EXISTS');
    await runner.query(there.replace('ON images', 'ON read_model.images'));
  }
}

export async function dropIndexes(runner: QueryRunner, statements: readonly string[]): Promise<void> {
  for (const statement of statements) await runner.query(`DROP INDEX read_model.${nameIn(statement)}`);
}
