// Brings the schema of every database up to date, each by its owner's own program.
import { node24, root } from './node24.mjs';
import { runProgram } from './run-program.mjs';
import { migrationsOf, plainEnvironment } from './services.mjs';

/** All at once; throws with what the program said. */
export async function migrateAll(ownerUrls, env = {}) {
  await Promise.all(Object.entries(migrationsOf).map(([name, file]) => migrate(name, file, ownerUrls[name], env)));
}

async function migrate(name, file, ownerUrl, extra) {
  const own = { CLOUD_IMAGES_DATABASE_OWNER_URL: ownerUrl, CLOUD_IMAGES_DATABASE_ROLE: name };
  const { code, output } = await runProgram(node24(), [file], {
    cwd: root,
    env: { ...plainEnvironment(), ...extra, ...own },
  });
  if (code !== 0) throw new Error(`the migration of ${name} failed (code ${code})\n${output}`);
}
