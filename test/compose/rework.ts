// What a site does to what is imported happens in the containers: their programs, the converter without a network.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import type { Tally } from '../journeys/tally.ts';
import { login, type ApiClient } from '../support/api-client.ts';
import { qcow2Of } from '../support/qcow2-of.ts';

const DONE_WITHIN_MS = 60_000;

/** So the containers are started for it. */
export const siteOfRework = { CLOUD_IMAGES_IMPORT_DECOMPRESS: 'true', CLOUD_IMAGES_IMPORT_CONVERT_TO: 'raw' };

export async function checkRework(tally: Tally, url: string): Promise<void> {
  const { client } = await login(url, 'demo');
  try {
    await checkAll(tally, client);
  } finally {
    await client.close();
  }
}

async function checkAll(tally: Tally, client: ApiClient): Promise<void> {
  const disk = Buffer.concat([randomBytes(1024 ** 2), Buffer.alloc(3 * 1024 ** 2)]);
  for (const [what, compress] of [
    ['gzip', gzipSync],
    ['zstd', zstdCompressSync],
  ] as const) {
    await tally.check(`a qcow2 image under ${what} becomes raw at its import`, async () => {
      const created = await client.call('POST', '/v2/images', {
        body: { disk_format: 'qcow2', container_format: 'bare' },
      });
      const path = `/v2/images/${created.json.id}`;
      const headers = { 'content-type': 'application/octet-stream' };
      const staged = await client.call('PUT', `${path}/stage`, { body: compress(qcow2Of(disk)), headers });
      assert.equal(staged.status, 204, staged.body.toString('utf8'));
      await client.call('POST', `${path}/import`, { body: { method: { name: 'glance-direct' } } });
      const ended = async () => (await client.call('GET', `${path}/tasks`)).json.tasks[0];
      const end = Date.now() + DONE_WITHIN_MS;
      while (['pending', 'processing'].includes((await ended())?.status) && Date.now() < end) await sleep(200);
      const { status, message } = await ended();
      assert.equal(status, 'success', message);
      const { json } = await client.call('GET', path);
      assert.deepEqual([json.status, json.disk_format, json.size], ['active', 'raw', disk.length]);
      const { body } = await client.call('GET', `${path}/file`, { timeoutMs: 60_000 });
      assert.ok(body.equals(disk), 'the disk is another one');
    });
  }
}
