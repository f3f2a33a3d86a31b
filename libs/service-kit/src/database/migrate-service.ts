import { IsString } from 'class-validator';
import { runMain } from '../boot/run-main.js';
import { logger } from '../logging/logger.js';
import { runMigrations, type Migration, type MigrationRun } from './run-migrations.js';

/** What a service's one-shot migration, and a replay, need. */
export class MigrationConfig {
  /** As the owner of the schemas. */
  @IsString()
  databaseOwnerUrl!: string;

  /** The service's role, which is granted what it needs. */
  @IsString()
  databaseRole!: string;
}

interface ServiceMigrations {
  readonly readConfig: () => Readonly<MigrationConfig>;
  readonly migrations: (serviceRole: string) => readonly Migration[];
  /** What another library keeps in the same database, and migrates itself. */
  readonly beside?: (run: Omit<MigrationRun, 'migrations'>) => Promise<void>;
}

/** The program that brings a service's database up to date, once, and ends. */
export function migrateService(service: string, { readConfig, migrations, beside }: ServiceMigrations): void {
  const name = `${service}-migrate`;
  runMain(name, async () => {
    const { databaseOwnerUrl: ownerUrl, databaseRole: serviceRole } = readConfig();
    const ran = await runMigrations({ ownerUrl, serviceRole, migrations: migrations(serviceRole) });
    await beside?.({ ownerUrl, serviceRole });
    logger(name, 'info').info({ event: 'migrated', ran }, `${ran.length} migrations ran`);
  });
}
