// npm run rotate-checkpoint-key: a new key for the checkpoints of the ledger, beside the old one, which vouches for it when
// audit starts again. The old one is needed for that once; published keys stay published.
import { existsSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { root } from './node24.mjs';
import { addCheckpointKey, checkpointKeyFiles } from './secrets.mjs';

const dataDir = resolve(root, process.env.CLOUD_IMAGES_DATA || 'data');

if (!existsSync(dataDir) || checkpointKeyFiles(dataDir).length === 0) {
  console.error(
    `npm run rotate-checkpoint-key: ${dataDir} has no key yet; name the data directory by CLOUD_IMAGES_DATA`,
  );
  process.exitCode = 1;
} else {
  const path = addCheckpointKey(dataDir);
  console.log(`${relative(process.cwd(), path)} signs from the next start on`);
}
