// Real VHDs through Cloud Files and tasks: the `openstack` command puts them there and fetches exports, plain REST and
// openstacksdk's own way ask for the tasks, and qemu-img says whether what came out is what went in.
import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execute, succeeded, type Clients } from './clients.ts';
import { digests, type Disk } from './disk-image.ts';
import type { Tally } from './tally.ts';

const container = 'vhds';

/** `disks`: a raw disk, and the same as qcow2. Left out where qemu-img is missing: nobody else makes a real VHD. */
export async function tasksJourney(
  tally: Tally,
  clients: Clients,
  url: string,
  disks: readonly Disk[],
  dir: string,
): Promise<void> {
  const raw = disks.find(({ format }) => format === 'raw');
  const qcow2 = disks.find(({ format }) => format === 'qcow2');
  if (!raw || !qcow2) return;
  const { id: token } = await clients.openstackJson<{ id: string }>('demo', 'token', 'issue');
  const api = new Tasks(url, token);
  await tally.check('openstack container create', async () => {
    succeeded(await clients.openstack('demo', 'container', 'create', container));
  });
  for (const subformat of ['fixed', 'dynamic'] as const) {
    await tally.check(
      `a ${subformat} VHD: object create, import, save, export, object save: the same disk`,
      async () => {
        const vhd = join(dir, `${subformat}.vhd`);
        const how = ['-f', 'raw', '-O', 'vpc', '-o', `subformat=${subformat},force_size=on`];
        succeeded(await execute('qemu-img', ['convert', ...how, raw.path, vhd]));
        succeeded(await clients.openstack('demo', 'object', 'create', '--name', basename(vhd), container, vhd));
        const { image_id: id } = await api.done('import', {
          ...{ import_from: `${container}/${basename(vhd)}`, image_properties: { name: `journey-${subformat}` } },
        });
        const image = await clients.openstackJson<Record<string, unknown>>('demo', 'image', 'show', id!);
        const { md5, sha512 } = await digests(vhd);
        assert.equal(image['status'], 'active');
        assert.equal(image['checksum'], md5);
        assert.equal(image['size'], (await stat(vhd)).size);
        const saved = join(dir, `${subformat}-saved.vhd`);
        succeeded(await clients.openstack('demo', 'image', 'save', '--file', saved, id!));
        assert.equal((await digests(saved)).sha512, sha512);
        await assertSameDisk(saved, raw.path);
        await assertExported(clients, api, id!, raw.path, dir);
      },
    );
  }
  await tally.check('a qcow2 image: export, object save: the same disk', async () => {
    const formats = ['--disk-format', 'qcow2', '--container-format', 'bare', '--file', qcow2.path];
    const { id } = await clients.openstackJson<{ id: string }>('demo', 'image', 'create', ...formats, 'journey-qcow2');
    await assertExported(clients, api, id, raw.path, dir);
  });
  await tally.check('openstacksdk imports by a task when its configuration says so', async () => {
    const vhd = join(dir, 'dynamic.vhd');
    succeeded(await clients.python('openstacksdk_tasks.py', vhd, (await digests(vhd)).sha512));
  });
}

async function assertExported(clients: Clients, api: Tasks, id: string, raw: string, dir: string): Promise<void> {
  const { export_location: location } = await api.done('export', {
    ...{ image_uuid: id, receiving_swift_container: container },
  });
  assert.equal(location, `${container}/${id}.vhd`);
  const fetched = join(dir, `${id}.vhd`);
  succeeded(await clients.openstack('demo', 'object', 'save', '--file', fetched, container, `${id}.vhd`));
  await assertSameDisk(fetched, raw);
}

async function assertSameDisk(vhd: string, raw: string): Promise<void> {
  const { stdout } = succeeded(await execute('qemu-img', ['compare', '-f', 'vpc', '-F', 'raw', vhd, raw]));
  assert.match(stdout, /identical/);
}

export class Tasks {
  constructor(
    private readonly url: string,
    private readonly token: string,
  ) {}

  /** The result of a task that must succeed. */
  async done(type: string, input: object): Promise<Record<string, string>> {
    const { id } = await this.call('POST', '/v2/tasks', { type, input });
    for (const end = Date.now() + 300_000; Date.now() < end; await sleep(200)) {
      const { status, result, message } = await this.call('GET', `/v2/tasks/${id as string}`);
      if (status === 'success') return result as Record<string, string>;
      assert.notEqual(status, 'failure', String(message));
    }
    throw new Error(`${type} did not end`);
  }

  private async call(method: string, path: string, body?: object): Promise<Record<string, unknown>> {
    const answer = await fetch(this.url + path, {
      method,
      headers: { 'x-auth-token': this.token, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    assert.ok(answer.ok, `${method} ${path}: ${answer.status}`);
    return (await answer.json()) as Record<string, unknown>;
  }
}
