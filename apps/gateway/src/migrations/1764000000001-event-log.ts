import { eventLogMigration } from '@cloud-images/event-store';
import type { Migration } from '@cloud-images/service-kit';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export function eventLog(serviceRole: string): Migration {
  return class EventLog1764000000001 implements MigrationInterface {
    async up(runner: QueryRunner): Promise<void> {
      await runner.query(eventLogMigration(serviceRole));
    }

    down(): Promise<void> {
      throw new Error('the log is never taken away');
    }
  };
}
