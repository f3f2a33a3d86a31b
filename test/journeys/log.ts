// What the log tells afterwards: the history of one image, and read models that are the same after a rebuild.
import assert from 'node:assert/strict';
import pg from 'pg';
import type { Stack } from '../../tools/stack.mjs';
import { execute, succeeded } from './clients.ts';
import type { Tally } from './tally.ts';

const changes = [
  /queued.*saving/,
  /saving.*active/,
  /active.*deactivated/,
  /deactivated.*active/,
  /active.*pending_delete/,
  /pending.*accepted/,
];

export async function logJourney(tally: Tally, stack: Stack, id: string): Promise<void> {
  const npm = (script: string, ...args: string[]) =>
    execute('npm', ['run', '--silent', script, '--', ...args], { CLOUD_IMAGES_DATA: stack.dataDir });

  await tally.check(
    'npm run events tells every status change of the image and its member: who, when, why',
    async () => {
      const { stdout } = succeeded(await npm('events', `image-${id}`));
      for (const change of changes) assert.match(stdout, change);
      // An event begins with its time; who and why stand on the indented lines below.
      const told = stdout.split(/\n(?=\S)/).filter((event) => /→/.test(event));
      assert.ok(told.length >= changes.length, stdout);
      for (const event of told) {
        assert.match(event, /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/, `no time: ${event}`);
        assert.match(event, /\n +who .*user [0-9a-f]{32}, project [0-9a-f]{32}, roles \w/, `nobody: ${event}`);
        assert.match(event, /\n +why +request req-[0-9a-f-]{36}/, `no request id: ${event}`);
      }
    },
  );
  await tally.check('npm run replay rebuilds every projection, equal row for row', async () => {
    const before = await readModels(stack);
    assert.ok(Object.keys(before).length > 0, 'no read model was found');
    assert.ok(Object.values(before).flat().length > 0, 'the read models are empty');
    succeeded(await npm('replay'));
    assert.deepEqual(await readModels(stack), before);
  });
}

/** Every row of every table of both read models, as sorted text. */
async function readModels(stack: Stack): Promise<Record<string, string[]>> {
  const tables: Record<string, string[]> = {};
  for (const [service, connectionString] of Object.entries(stack.owners)) {
    const client = new pg.Client({ connectionString });
    await client.connect();
    const { rows } = await client.query<{ name: string }>(
      "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'read_model' ORDER BY 1",
    );
    for (const { name } of rows) {
      const found = await client.query<{ row: string }>(
        `SELECT t::text AS row FROM read_model.${client.escapeIdentifier(name)} t ORDER BY 1`,
      );
      tables[`${service}.${name}`] = found.rows.map(({ row }) => row);
    }
    await client.end();
  }
  return tables;
}
