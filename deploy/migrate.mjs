// The compose file's second step: roles and databases, then the schemas, topics and buckets that the services need. The
// services start when it has ended well. Run again it changes nothing that is right.
import { readFileSync } from 'node:fs';
import { databaseUrls, ensureDatabases } from '../tools/databases.mjs';
import { migrateAll } from '../tools/migrate.mjs';

const passwords = JSON.parse(readFileSync('/run/secrets/database-passwords.json', 'utf8'));
const urls = databaseUrls({ host: 'postgres', port: 5432 }, passwords);
const settings = Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith('CLOUD_IMAGES_')));

try {
  await ensureDatabases(urls.superuser, passwords);
  await migrateAll(urls.owner, settings);
  console.log('databases, schemas, topics and buckets are up to date');
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
