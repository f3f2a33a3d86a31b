// What people do with the `openstack` client who have never heard of this service.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { refused, succeeded } from '../journeys/clients.ts';
import type { Person } from './population.ts';
import type { World } from './world.ts';

interface Shown {
  readonly id: string;
  readonly owner: string;
  readonly status: string;
  readonly visibility: string;
}

export async function sharingJourney({ tally, clients, dir }: World): Promise<void> {
  const path = join(dir, 'disk.img');
  const data = Buffer.alloc(3 * 1024 * 1024, 'a disk of Ann');
  await writeFile(path, data);
  const json = <T>(person: Person, ...command: string[]) => clients.openstackJson<T>(person, ...command);
  const run = async (person: Person, ...command: string[]) => succeeded(await clients.openstack(person, ...command));
  const listed = async (person: Person, ...more: string[]) =>
    (await json<{ ID: string }[]>(person, 'image', 'list', ...more)).map(({ ID }) => ID);
  const formats = ['--disk-format', 'raw', '--container-format', 'bare'];
  let id = '';

  await tally.check('ann creates an image, uploads it, lists it; it is her Keystone project’s', async () => {
    const image = await json<Shown>('ann', 'image', 'create', ...formats, '--file', path, 'disk');
    ({ id } = image);
    const project = await json<{ id: string }>('admin', 'project', 'show', 'red');
    const shown = await json<Shown>('ann', 'image', 'show', id);
    assert.deepEqual([shown.status, shown.visibility, shown.owner], ['active', 'shared', project.id]);
    assert.deepEqual(await listed('ann'), [id]);
  });
  await tally.check('ann downloads every byte of it', async () => {
    const saved = join(dir, 'saved.img');
    await run('ann', 'image', 'save', '--file', saved, id);
    assert.ok(data.equals(await readFile(saved)));
  });
  await tally.check('ron, a reader of the project, sees it and may change nothing', async () => {
    assert.deepEqual(await listed('ron'), [id]);
    refused(await clients.openstack('ron', 'image', 'set', '--name', 'mine', id), /403|Forbidden|not authorized/i);
    refused(await clients.openstack('ron', 'image', 'create', ...formats, 'other'), /403|Forbidden|not authorized/i);
  });
  await tally.check('bob, of another project, does not see it', async () => {
    assert.deepEqual(await listed('bob'), []);
    refused(await clients.openstack('bob', 'image', 'show', id), /No image found|Could not find|404/i);
  });
  await tally.check('ann shares it with bob’s project; bob sees, accepts and lists it', async () => {
    const { id: blue } = await json<{ id: string }>('admin', 'project', 'show', 'blue');
    await run('ann', 'image', 'add', 'project', id, blue);
    assert.equal((await json<Shown>('bob', 'image', 'show', id)).status, 'active');
    await run('bob', 'image', 'set', '--accept', id);
    assert.deepEqual(await listed('bob', '--shared'), [id]);
    refused(await clients.openstack('bob', 'image', 'delete', id), /403|Forbidden|not authorized|Failed to delete/i);
  });
  await tally.check('Keystone’s admin is the operator: sees it, publishes an image', async () => {
    assert.equal((await json<Shown>('admin', 'image', 'show', id)).id, id);
    const open = await json<Shown>('admin', 'image', 'create', ...formats, '--public', '--file', path, 'open');
    assert.ok((await listed('eve', '--public')).includes(open.id));
    refused(await clients.openstack('ann', 'image', 'set', '--public', id), /403|Forbidden|not authorized/i);
  });
}
