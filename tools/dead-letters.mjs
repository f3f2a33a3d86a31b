// npm run dead-letters -- list|replay|drop …: messages that a service could not take, with cause and origin; delivers them
// again, in their order, or gives one up. Of the bus that the environment names (CLOUD_IMAGES_BUS_KIND and what belongs
// to it, as for a service), else of the service that `npm start` runs.
import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { node24, root } from './node24.mjs';
import { readRunRecord } from './run-record.mjs';

const program = join(root, 'libs', 'messaging', 'dist', 'dead-letters.js');
const bus = process.env.CLOUD_IMAGES_BUS_KIND ? {} : runningBus();
const child = spawn(node24(), [program, ...process.argv.slice(2)], {
  cwd: root,
  env: { ...process.env, ...bus },
  stdio: ['ignore', 'inherit', 'inherit'],
});
child.on('error', (error) => (console.error(error.message), process.exit(1)));
child.on('close', (code) => process.exit(code ?? 1));

function runningBus() {
  const dataDir = resolve(root, process.env.CLOUD_IMAGES_DATA || 'data');
  const record = readRunRecord(dataDir);
  if (!record) {
    console.error(
      `npm run dead-letters: nothing runs on ${dataDir}; start it with npm start, name it by CLOUD_IMAGES_DATA, ` +
        'or name a bus by CLOUD_IMAGES_BUS_KIND',
    );
    process.exit(1);
  }
  return { CLOUD_IMAGES_BUS_KIND: 'embedded', CLOUD_IMAGES_BUS_URL: record.databases.bus };
}
