import type { Migration } from '@cloud-images/service-kit';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { duePurgesTable } from '../image/due-purges.js';
import { uploadLeasesTable } from '../image/upload-leases.js';

// Keys in the store that the log does not know: reported, never served and never removed by us.
const quarantinedBlobsTable = `
CREATE TABLE log.quarantined_blobs (
  key text COLLATE "C" PRIMARY KEY,
  size bigint NOT NULL,
  found_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
`;

export function uploadsAndPurges(serviceRole: string): Migration {
  const role = `"${serviceRole.replaceAll('"', '""')}"`;
  return class UploadsAndPurges1764000000003 implements MigrationInterface {
    async up(runner: QueryRunner): Promise<void> {
      await runner.query(uploadLeasesTable);
      await runner.query(duePurgesTable);
      await runner.query(quarantinedBlobsTable);
      await runner.query(`GRANT SELECT, INSERT, UPDATE ON log.upload_leases TO ${role}`);
      await runner.query(`GRANT SELECT, INSERT, UPDATE, DELETE ON log.due_purges, log.quarantined_blobs TO ${role}`);
    }

    async down(runner: QueryRunner): Promise<void> {
      await runner.query('DROP TABLE log.upload_leases, log.due_purges, log.quarantined_blobs');
    }
  };
}
