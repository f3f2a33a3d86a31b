// npm run replay [-- --verify]: rebuilds every projection of the running service from its log beside the live one, swaps,
// and compares row by row; with --verify it compares only. Exit code 0 when they were equal.
import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { node24, root } from './node24.mjs';
import { readRunRecord } from './run-record.mjs';
import { databaseOf, plainEnvironment } from './services.mjs';

/** The services with a read model; the others answer from folds of their log. */
const withProjections = ['catalog', 'task-worker'];

const args = process.argv.slice(2);
const unknown = args.find((arg) => arg !== '--verify');
if (unknown) fail(`there is no option ${unknown}\nusage: npm run replay [-- --verify]`, 2);
const dataDir = resolve(root, process.env.CLOUD_IMAGES_DATA || 'data');
const record = readRunRecord(dataDir);
if (!record) fail(`nothing runs on ${dataDir}; start it with npm start, or name it by CLOUD_IMAGES_DATA`);

let code = 0;
for (const service of ['catalog', 'membership', 'task-worker', 'gateway']) {
  console.log(service);
  if (service === 'gateway') console.log('  no projections: nothing is answered from its log');
  else if (!withProjections.includes(service)) console.log('  no projections: its answers are folds of the log');
  else if ((await replay(service)) !== 0) code = 1;
}
process.exit(code);

function replay(service) {
  const env = {
    ...plainEnvironment(),
    CLOUD_IMAGES_DATABASE_OWNER_URL: record.owners[databaseOf(service)],
    CLOUD_IMAGES_DATABASE_ROLE: databaseOf(service),
  };
  return new Promise((done) => {
    const child = spawn(node24(), [join(root, 'apps', service, 'dist', 'replay.js'), ...args], {
      cwd: root,
      env,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    child.on('error', (error) => (console.error(error.message), done(1)));
    child.on('close', (status) => done(status ?? 1));
  });
}

function fail(message, exitCode = 1) {
  console.error(`npm run replay: ${message}`);
  process.exit(exitCode);
}
