// The operator's commands inside the compose network: `docker compose run --rm migrate node deploy/operate.mjs …`
//   events image-<id> [--json]   what happened to an image
//   replay [--verify]            rebuilds the read models beside the live ones, swaps, compares
//   dead-letters list|replay|drop …   messages that a service could not take
//   adopt-log                    after a restore: makes the logs this PostgreSQL's own
// They are the commands that `npm run` has for a service on this machine, told where these databases are.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { databaseUrls } from '../tools/databases.mjs';
import { root } from '../tools/node24.mjs';
import { writeRunRecord } from '../tools/run-record.mjs';
import { databaseOf } from '../tools/services.mjs';

const dataDir = '/tmp/data';
const passwords = JSON.parse(readFileSync('/run/secrets/database-passwords.json', 'utf8'));
const urls = databaseUrls({ host: 'postgres', port: 5432 }, passwords);
const [command, ...args] = process.argv.slice(2);

const commands = {
  events: () => tool('events'),
  replay: () => tool('replay'),
  'dead-letters': () => tool('dead-letters'),
  'adopt-log': () => Math.max(...['catalog', 'membership', 'task-worker', 'gateway'].map(adoptLog)),
};

if (Object.hasOwn(commands, command ?? '')) process.exitCode = commands[command]();
else {
  console.error(`usage: node deploy/operate.mjs ${Object.keys(commands).join('|')} …`);
  process.exitCode = 2;
}

function tool(name) {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  writeRunRecord(dataDir, { databases: urls.service, owners: urls.owner });
  return run(join(root, 'tools', `${name}.mjs`), args, { CLOUD_IMAGES_DATA: dataDir });
}

function adoptLog(service) {
  const program = join(root, 'apps', service, 'dist', 'adopt-log.js');
  return run(program, [], {
    CLOUD_IMAGES_DATABASE_OWNER_URL: urls.owner[databaseOf(service)],
    CLOUD_IMAGES_DATABASE_ROLE: databaseOf(service),
  });
}

function run(program, argv, env) {
  const options = { stdio: 'inherit', env: { ...process.env, ...env } };
  return spawnSync(process.execPath, [program, ...argv], options).status ?? 1;
}
