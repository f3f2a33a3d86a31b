// What a user does with the `openstack` command, from the first image to its end.
import assert from 'node:assert/strict';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { login } from '../support/api-client.ts';
import { refused, succeeded, type Clients } from './clients.ts';
import { digests, type Disk } from './disk-image.ts';
import type { Tally } from './tally.ts';

interface Shown {
  readonly id: string;
  readonly status: string;
  readonly checksum: string;
  readonly size: number;
  readonly virtual_size: number;
  readonly tags: string[];
  readonly name: string;
  readonly protected: boolean;
  readonly visibility: string;
  readonly min_disk: number;
  readonly properties: Record<string, unknown>;
}
type Listed = { ID: string; Name: string; Status: string }[];

/** Returns the id of the image whose history the log must tell afterwards. */
export async function openstackJourney(
  tally: Tally,
  clients: Clients,
  url: string,
  disk: Disk,
  dir: string,
): Promise<string> {
  const show = (cloud: string, id: string) => clients.openstackJson<Shown>(cloud, 'image', 'show', id);
  const list = (cloud: string, ...args: string[]) => clients.openstackJson<Listed>(cloud, 'image', 'list', ...args);
  const set = async (cloud: string, id: string, ...args: string[]) =>
    void succeeded(await clients.openstack(cloud, 'image', 'set', ...args, id));
  const saved = async (cloud: string, id: string) => {
    const path = join(dir, `saved-by-${cloud}`);
    succeeded(await clients.openstack(cloud, 'image', 'save', '--file', path, id));
    assert.deepEqual(await digests(path), { md5: disk.md5, sha512: disk.sha512 });
  };
  const ids = (images: Listed) => images.map(({ ID }) => ID);
  const demo = await login(url, 'demo');
  const alt = await login(url, 'alt');
  let id = '';

  await tally.check('openstack: a token is issued', async () => {
    const token = await clients.openstackJson<{ project_id: string }>('demo', 'token', 'issue');
    assert.equal(token.project_id, demo.projectId);
  });
  const created = await tally.check(
    `openstack: create with properties and tags, upload ${disk.size} bytes (${disk.says})`,
    async () => {
      const words = [
        'image',
        'create',
        '--disk-format',
        disk.format,
        '--container-format',
        'bare',
        '--file',
        disk.path,
      ];
      const more = [
        '--property',
        'os_distro=debian',
        '--property',
        'team=blue',
        '--tag',
        'golden',
        '--tag',
        'lts',
        '--min-disk',
        '1',
      ];
      ({ id } = await clients.openstackJson<Shown>('demo', ...words, ...more, 'debian-13'));
      const image = await show('demo', id);
      assert.equal(image.status, 'active');
      assert.equal(image.size, disk.size);
      assert.equal(image.checksum, disk.md5);
      assert.equal(image.properties['os_hash_value'], disk.sha512);
      assert.equal(image.virtual_size, disk.virtualSize);
      assert.equal(image.properties['team'], 'blue');
      assert.deepEqual([...image.tags].sort(), ['golden', 'lts']);
      assert.equal(image.visibility, 'shared');
    },
  );
  if (!created) return id;

  await tally.check('openstack: a disk that is not what it is said to be is refused, and why is said', async () => {
    const words = ['--disk-format', 'vhdx', '--container-format', 'bare', '--file', disk.path, 'no-vhdx'];
    refused(await clients.openstack('demo', 'image', 'create', ...words), /not the declared vhdx/);
    assert.deepEqual(ids(await list('demo')), [id]);
  });

  const small: string[] = [];
  await tally.check('openstack: five more images, one after the other', async () => {
    for (let n = 1; n <= 5; n += 1) {
      const image = await clients.openstackJson<Shown>('demo', 'image', 'create', '--property', `n=${n}`, `small-${n}`);
      assert.equal(image.status, 'queued');
      small.push(image.id);
    }
  });
  await tally.check('openstack: list, and filter by name, status, tag and property', async () => {
    assert.deepEqual(ids(await list('demo')).sort(), [id, ...small].sort());
    assert.deepEqual(ids(await list('demo', '--name', 'small-3')), [small[2]]);
    assert.deepEqual(ids(await list('demo', '--status', 'active')), [id]);
    assert.deepEqual(ids(await list('demo', '--tag', 'golden')), [id]);
    assert.deepEqual(ids(await list('demo', '--property', 'n=4')), [small[3]]);
    assert.deepEqual(ids(await list('alt')), []);
  });
  await tally.check('openstack: sort and page by marker', async () => {
    assert.deepEqual(ids(await list('demo', '--sort', 'name:asc')), [id, ...small]);
    // The command sorts each page by itself, by name unless told otherwise; the pages are the service's: newest first.
    const first = ids(await list('demo', '--limit', '2'));
    assert.deepEqual(first, small.slice(3));
    const next = ids(await list('demo', '--limit', '3', '--marker', small[3] as string));
    assert.deepEqual(next, small.slice(0, 3));
  });
  await tally.check('openstack: change name, property and tag; take them away', async () => {
    await set('demo', id, '--name', 'debian-13.1', '--property', 'edition=2', '--tag', 'stable', '--min-ram', '512');
    const changed = await show('demo', id);
    assert.equal(changed.name, 'debian-13.1');
    assert.equal(changed.properties['edition'], '2');
    assert.ok(changed.tags.includes('stable'));
    succeeded(await clients.openstack('demo', 'image', 'unset', '--property', 'edition', '--tag', 'lts', id));
    const unset = await show('demo', id);
    assert.equal(unset.properties['edition'], undefined);
    assert.deepEqual([...unset.tags].sort(), ['golden', 'stable']);
  });
  await tally.check('openstack: a protected image is not deleted', async () => {
    await set('demo', id, '--protected');
    refused(await clients.openstack('demo', 'image', 'delete', id), /protected/i);
    assert.equal((await show('demo', id)).protected, true);
    await set('demo', id, '--unprotected');
  });
  await tally.check('openstack: download, every byte', () => saved('demo', id));
  await tally.check('a byte range of it', async () => {
    const [from, to] = [disk.size - 1_000_000, disk.size - 1];
    const answer = await demo.client.call('GET', `/v2/images/${id}/file`, {
      headers: { range: `bytes=${from}-${to}` },
    });
    assert.equal(answer.status, 206);
    assert.equal(answer.headers['content-range'], `bytes ${from}-${to}/${disk.size}`);
    const file = await open(disk.path);
    const expected = Buffer.alloc(to - from + 1);
    await file.read(expected, 0, expected.length, from);
    await file.close();
    assert.ok(answer.body.equals(expected));
  });

  const visible = async () => (await alt.client.call('GET', `/v2/images/${id}`)).status;
  await tally.check('openstack: share with another project, which sees it as pending', async () => {
    assert.equal(await visible(), 404);
    succeeded(await clients.openstack('demo', 'image', 'add', 'project', id, alt.projectId));
    const members = await clients.openstackJson<{ 'Member ID': string; Status: string }[]>(
      'demo',
      'image',
      'member',
      'list',
      id,
    );
    assert.deepEqual(
      members.map((member) => [member['Member ID'], member.Status]),
      [[alt.projectId, 'pending']],
    );
    assert.deepEqual(ids(await list('alt')), []);
    assert.deepEqual(ids(await list('alt', '--shared', '--member-status', 'pending')), [id]);
  });
  await tally.check('openstack: the other project accepts, lists and downloads it', async () => {
    await set('alt', id, '--accept');
    assert.deepEqual(ids(await list('alt')), [id]);
    await saved('alt', id);
    refused(await clients.openstack('alt', 'image', 'delete', id), /403|forbidden|not allowed|denied/i);
  });
  await tally.check('openstack: the owner unshares it, and the other gets 404 at once', async () => {
    succeeded(await clients.openstack('demo', 'image', 'remove', 'project', id, alt.projectId));
    assert.equal(await visible(), 404);
    refused(await clients.openstack('alt', 'image', 'show', id), /No Image found|404/i);
    assert.deepEqual(ids(await list('alt')), []);
  });
  await tally.check('openstack: deactivate, no download; reactivate, download', async () => {
    await set('demo', id, '--deactivate');
    assert.equal((await show('demo', id)).status, 'deactivated');
    const answer = await demo.client.call('GET', `/v2/images/${id}/file`);
    assert.equal(answer.status, 403);
    // The command takes the body of the 403 for data, and then sees that its digest is wrong.
    refused(
      await clients.openstack('demo', 'image', 'save', '--file', join(dir, 'none'), id),
      /403|forbidden|mismatch/i,
    );
    await set('demo', id, '--activate');
    await saved('demo', id);
  });
  await tally.check('openstack: delete; it is gone for show, list and a second delete', async () => {
    succeeded(await clients.openstack('demo', 'image', 'delete', id));
    refused(await clients.openstack('demo', 'image', 'show', id), /No Image found|404/i);
    assert.ok(!ids(await list('demo')).includes(id));
    refused(await clients.openstack('demo', 'image', 'delete', id), /failed to delete|No Image found|Multi Backend/i);
    assert.equal((await demo.client.call('DELETE', `/v2/images/${id}`)).status, 404);
  });
  await Promise.all([demo.client.close(), alt.client.close()]);
  return id;
}
