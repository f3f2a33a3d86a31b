import { eventLogUpgrade } from '@cloud-images/event-store';
import type { Migration } from '@cloud-images/service-kit';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** For logs of before: they learn where they are at home, and only `append_events` writes into them. */
export function logHome(serviceRole: string): Migration {
  return class LogHome1764000000004 implements MigrationInterface {
    async up(runner: QueryRunner): Promise<void> {
      await runner.query(eventLogUpgrade(serviceRole));
    }

    down(): Promise<void> {
      throw new Error('the log is never taken away');
    }
  };
}
