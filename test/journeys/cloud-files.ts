// Object storage as people use it: the `swift` program and `openstack object`, unmodified.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fixedVhd } from '../support/disk-content.ts';
import { refused, succeeded, type Clients } from './clients.ts';
import type { Tally } from './tally.ts';

const MIB = 1024 * 1024;
const md5 = (bytes: Buffer) => createHash('md5').update(bytes).digest('hex');

export async function cloudFilesJourney(tally: Tally, clients: Clients, dir: string): Promise<void> {
  const home = join(dir, 'cloud-files');
  await mkdir(home);
  const data = randomBytes(24 * MIB);
  const path = join(home, 'disk.vhd');
  await writeFile(path, data);
  const swift = async (user: string, ...args: string[]) => succeeded(await clients.swift(user, ...args)).stdout;

  await tally.check('swift: an account that nobody has used is empty', async () => {
    assert.match(await swift('demo', 'stat'), /Containers: 0\n\s*Objects: 0\n\s*Bytes: 0/);
  });
  await tally.check('swift: post a container with metadata, see it, list it', async () => {
    await swift('demo', 'post', '-m', 'Purpose:images', 'vhds');
    assert.match(await swift('demo', 'stat', 'vhds'), /Meta Purpose: images/);
    assert.equal(await swift('demo', 'list'), 'vhds\n');
  });
  await tally.check(
    `swift: upload ${data.length} bytes under a name with slashes and umlauts, and compare`,
    async () => {
      const name = 'Jürgen/disk image #1.vhd';
      await swift('demo', 'upload', '--object-name', name, '-H', 'X-Object-Meta-Os: debian', 'vhds', path);
      const shown = await swift('demo', 'stat', 'vhds', name);
      assert.match(shown, new RegExp(`Content Length: ${data.length}\n`));
      assert.match(shown, new RegExp(`ETag: ${md5(data)}`));
      assert.match(shown, /Meta Os: debian/);
      const back = join(home, 'back');
      await swift('demo', 'download', 'vhds', name, '--output', back);
      assert.equal(md5(await readFile(back)), md5(data));
      assert.equal(await swift('demo', 'list', 'vhds', '--delimiter', '/'), 'Jürgen/\n');
    },
  );
  await tally.check('swift: upload what is unchanged again, and from a stream of no known length', async () => {
    const again = await swift('demo', 'upload', '--changed', '--object-name', 'disk.vhd', 'vhds', path);
    assert.match(again, /disk\.vhd/);
    assert.match(await swift('demo', 'stat', 'vhds'), /Objects: 2\n/);
  });
  await tally.check(
    'swift: upload in segments, compare, upload again, copy, and delete with the segments',
    async () => {
      const upload = async (size: number) =>
        swift('demo', 'upload', '-S', String(size), 'vhds', path, '--object-name', 'large');
      const segments = async () => (await swift('demo', 'list', 'vhds_segments')).split('\n').filter(Boolean).length;
      await upload(10 * MIB);
      assert.equal(await segments(), 3);
      const shown = await swift('demo', 'stat', 'vhds', 'large');
      assert.match(shown, new RegExp(`Content Length: ${data.length}\n`));
      const back = join(home, 'back-of-segments');
      await swift('demo', 'download', 'vhds', 'large', '--output', back);
      assert.equal(md5(await readFile(back)), md5(data));
      await upload(5 * MIB);
      assert.equal(await segments(), 5, 'the old ones are gone');
      await swift('demo', 'copy', '-d', '/vhds/copy', 'vhds', 'large');
      assert.match(await swift('demo', 'stat', 'vhds', 'copy'), new RegExp(`ETag: ${md5(data)}`));
      await swift('demo', 'delete', 'vhds', 'large');
      assert.equal(await segments(), 0);
      await swift('demo', 'download', 'vhds', 'copy', '--output', back);
      assert.equal(md5(await readFile(back)), md5(data));
      await swift('demo', 'delete', 'vhds', 'copy');
      await swift('demo', 'delete', 'vhds_segments');
    },
  );
  await tally.check('openstacksdk: upload in segments, read, import as one, delete', async () => {
    const vhd = join(home, 'segmented.vhd');
    await writeFile(vhd, fixedVhd(data));
    succeeded(await clients.python('openstacksdk_segments.py', vhd, 'vhds'));
  });
  await tally.check('openstack: container and object create, list, show, save, set, unset', async () => {
    const openstack = async (...args: string[]) => succeeded(await clients.openstack('demo', ...args)).stdout;
    await openstack('container', 'create', 'exports');
    const [made] = await clients.openstackJson<{ object: string; etag: string }[]>(
      ...(['demo', 'object', 'create', '--name', 'a/b.vhd', 'exports', path] as const),
    );
    assert.deepEqual([made?.object, made?.etag], ['a/b.vhd', md5(data)]);
    const listed = await clients.openstackJson<{ Name: string; Bytes: number }[]>(
      ...(['demo', 'object', 'list', '--long', 'exports'] as const),
    );
    assert.deepEqual(
      listed.map(({ Name, Bytes }) => [Name, Bytes]),
      [['a/b.vhd', data.length]],
    );
    await openstack('object', 'set', '--property', 'colour=blue', 'exports', 'a/b.vhd');
    const shown = await clients.openstackJson<{ properties: Record<string, string> }>(
      ...(['demo', 'object', 'show', 'exports', 'a/b.vhd'] as const),
    );
    assert.match(JSON.stringify(shown).toLowerCase(), /colour.{1,10}blue/);
    const back = join(home, 'back-by-openstack');
    await openstack('object', 'save', '--file', back, 'exports', 'a/b.vhd');
    assert.equal(md5(await readFile(back)), md5(data));
    const account = await clients.openstackJson<{ Containers: number; Objects: number }>(
      ...(['demo', 'object', 'store', 'account', 'show'] as const),
    );
    assert.deepEqual([Number(account.Containers), Number(account.Objects)], [2, 3]);
  });
  await tally.check("swift: another project's account is refused", async () => {
    const url = /StorageURL: (\S+)/.exec(await swift('demo', '-v', 'stat'))?.[1] ?? '';
    refused(await clients.swift('alt', '--os-storage-url', url, 'list'), /403|Forbidden/i);
  });
  await tally.check('openstack: a container that holds objects is not removed, but with them', async () => {
    refused(await clients.openstack('demo', 'container', 'delete', 'exports'), /409|Conflict/i);
    succeeded(await clients.openstack('demo', 'container', 'delete', '--recursive', 'exports'));
  });
  await tally.check('swift: delete an object, a container with what it holds, and all is gone', async () => {
    await swift('demo', 'delete', 'vhds', 'disk.vhd');
    await swift('demo', 'delete', 'vhds');
    assert.equal(await swift('demo', 'list'), '');
  });
}
