// Brings the schema of every database up to date, each by its owner's own program.
import { spawn } from 'node:child_process';
import { node24, root } from './node24.mjs';
import { migrationsOf, plainEnvironment } from './services.mjs';

/** All at once; throws with what the program said. */
export async function migrateAll(ownerUrls, env = {}) {
  await Promise.all(Object.entries(migrationsOf).map(([name, file]) => migrate(name, file, ownerUrls[name], env)));
}

function migrate(name, file, ownerUrl, extra) {
  const env = {
    ...plainEnvironment(),
    ...extra,
    CLOUD_IMAGES_DATABASE_OWNER_URL: ownerUrl,
    CLOUD_IMAGES_DATABASE_ROLE: name,
  };
  return new Promise((done, fail) => {
    const child = spawn(node24(), [file], { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.on('error', fail);
    child.on('close', (code) =>
      code === 0 ? done() : fail(new Error(`the migration of ${name} failed (code ${code})\n${output.trim()}`)),
    );
  });
}
