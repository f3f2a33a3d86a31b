// What a user does with the `glance` command.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { login } from '../support/api-client.ts';
import { refused, succeeded, type Clients, type Ended } from './clients.ts';
import { digests, type Disk } from './disk-image.ts';
import type { Tally } from './tally.ts';

// The command prints tables only. A long value goes on in the second column of the next rows, whose first is empty.
function field({ stdout }: Ended, name: string): string | undefined {
  const rows = stdout.split('\n').map((row) => row.split('|').map((cell) => cell.trim()));
  const at = rows.findIndex((cells) => cells[1] === name);
  if (at < 0) return undefined;
  const rest = rows.slice(at + 1);
  const end = rest.findIndex((cells) => cells[1] !== '');
  return [rows[at], ...rest.slice(0, end)].map((cells) => cells?.[2]).join('');
}

export async function glanceJourney(
  tally: Tally,
  clients: Clients,
  url: string,
  disk: Disk,
  dir: string,
): Promise<void> {
  const glance = async (user: string, ...args: string[]) => succeeded(await clients.glance(user, ...args));
  const { client, projectId: alt } = await login(url, 'alt');
  const gone = async (user: string) => {
    refused(await clients.glance(user, 'image-show', id), /No image found/);
    assert.equal((await client.call('GET', `/v2/images/${id}`)).status, 404);
  };
  let id = '';

  const created = await tally.check('glance: create with a property and a tag, upload', async () => {
    const args = [
      '--disk-format',
      disk.format,
      '--container-format',
      'bare',
      '--file',
      disk.path,
      '--property',
      'team=grey',
    ];
    const image = await glance('demo', 'image-create', '--name', 'glance-disk', ...args, '--tags', 'glance');
    id = field(image, 'id') ?? '';
    assert.equal(field(image, 'status'), 'active');
    assert.equal(field(image, 'checksum'), disk.md5);
    assert.equal(field(image, 'os_hash_value'), disk.sha512);
    assert.equal(field(image, 'team'), 'grey');
  });
  if (!created) return;
  await tally.check('glance: list, show, change, tag', async () => {
    assert.ok((await glance('demo', 'image-list')).stdout.includes(id));
    await glance('demo', 'image-update', '--name', 'glance-disk-2', '--property', 'team=black', id);
    await glance('demo', 'image-tag-update', id, 'more');
    await glance('demo', 'image-tag-delete', id, 'glance');
    const shown = await glance('demo', 'image-show', id);
    assert.equal(field(shown, 'name'), 'glance-disk-2');
    assert.equal(field(shown, 'team'), 'black');
    assert.match(field(shown, 'tags') ?? '', /more/);
  });
  await tally.check('glance: download, every byte', async () => {
    const path = join(dir, 'saved-by-glance');
    await glance('demo', 'image-download', '--file', path, id);
    assert.deepEqual(await digests(path), { md5: disk.md5, sha512: disk.sha512 });
  });
  await tally.check('glance: share, accept, unshare', async () => {
    await glance('demo', 'member-create', id, alt);
    assert.match((await glance('demo', 'member-list', '--image-id', id)).stdout, /pending/);
    await glance('alt', 'member-update', id, alt, 'accepted');
    assert.ok((await glance('alt', 'image-list')).stdout.includes(id));
    await glance('demo', 'member-delete', id, alt);
    await gone('alt');
  });
  await tally.check('glance: deactivate, reactivate, delete', async () => {
    await glance('demo', 'image-deactivate', id);
    assert.equal(field(await glance('demo', 'image-show', id), 'status'), 'deactivated');
    await glance('demo', 'image-reactivate', id);
    await glance('demo', 'image-delete', id);
    await gone('demo');
  });
  await client.close();
}
