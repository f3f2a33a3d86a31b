// One service for all acceptance tests of a run, with users.yaml's people, thrown away afterwards; or the one that
// CLOUD_IMAGES_TEST_URL names.
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startStack } from '../../tools/stack.mjs';

export default async function start() {
  if (process.env.CLOUD_IMAGES_TEST_URL) return;
  const dir = await mkdtemp(join(tmpdir(), 'cloud-images-acceptance-'));
  const said = [];
  const stack = await startStack({
    dataDir: dir,
    identityFile: fileURLToPath(new URL('../acceptance/users.yaml', import.meta.url)),
    autoRestart: true,
    envOf: {
      // A minute is long for a test that waits for a proof.
      audit: { CLOUD_IMAGES_CHECKPOINT_SECONDS: '1' },
      // What imports may do beside bringing data: nothing else here is compressed, or of another format and imported.
      catalog: { CLOUD_IMAGES_IMPORT_DECOMPRESS: 'true', CLOUD_IMAGES_IMPORT_CONVERT_TO: 'raw' },
      // So that a file over the limit need not have 40 GiB.
      'task-worker': {
        CLOUD_IMAGES_IMPORT_MAX_BYTES: String(8 * 1024 ** 2),
        CLOUD_IMAGES_FETCH_ANSWER_SECONDS: '1',
      },
    },
    log: (line) => said.push(line),
  }).catch((error) => {
    throw new Error(`${error.message}\n${said.join('\n')}`);
  });
  globalThis.__testService = { stack, dir };
  process.env.CLOUD_IMAGES_TEST_URL = stack.url;
  process.env.CLOUD_IMAGES_TEST_DATA = dir;
}
