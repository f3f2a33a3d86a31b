// npm run replay [-- --verify]: rebuilds every projection of the running service from its log beside the live one, swaps,
// and compares row by row; with --verify it compares only. Exit code 0 when they were equal.
import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { node24, root } from './node24.mjs';
import { readRunRecord } from './run-record.mjs';
import { plainEnvironment } from './services.mjs';

const dataDir = resolve(root, process.env.CLOUD_IMAGES_DATA || 'data');
const record = readRunRecord(dataDir);
if (!record) {
  console.error(`npm run replay: nothing runs on ${dataDir}; start it with npm start, or name it by CLOUD_IMAGES_DATA`);
  process.exit(1);
}

let failed = 0;
for (const service of ['catalog', 'membership']) {
  console.log(service);
  if ((await replay(service)) !== 0) failed = 1;
}
process.exit(failed);

function replay(service) {
  const env = {
    ...plainEnvironment(),
    CLOUD_IMAGES_DATABASE_OWNER_URL: record.owners[service],
    CLOUD_IMAGES_DATABASE_ROLE: service,
  };
  const args = [join(root, 'apps', service, 'dist', 'replay.js'), ...process.argv.slice(2)];
  return new Promise((done) => {
    const child = spawn(node24(), args, { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'] });
    child.on('error', (error) => (console.error(error.message), done(1)));
    child.on('close', (code) => done(code ?? 1));
  });
}
