// Data that comes into an image by an import: staged by a client, or fetched by the service from a server of this machine,
// whose address is allowed for the journey alone.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { login, type ApiClient } from '../support/api-client.ts';
import { succeeded, type Clients } from './clients.ts';
import type { Tally } from './tally.ts';

const host = '127.0.0.1';
const data = randomBytes(12 * 1024 * 1024);
const md5 = createHash('md5').update(data).digest('hex');

/** Serves the data at `/disk.raw`, behind a redirect at `/moved`, and half of it at `/broken`. */
export class DataServer {
  private readonly server: Server = createServer(({ url }, res) => {
    if (url === '/disk.raw') res.writeHead(200, { 'content-length': data.length }).end(data);
    else if (url === '/moved') res.writeHead(302, { location: '/disk.raw' }).end();
    else if (url === '/inside') res.writeHead(302, { location: 'http://127.0.0.2/' }).end();
    else if (url === '/broken') {
      res
        .writeHead(200, { 'content-length': data.length })
        .write(data.subarray(0, data.length / 2), () => res.destroy());
    } else res.writeHead(404).end();
  });

  async start(): Promise<this> {
    this.server.listen(0, host);
    await once(this.server, 'listening');
    return this;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** What the service has to be told so that it fetches from here. */
  get environment(): Record<string, string> {
    return {
      CLOUD_IMAGES_FETCH_ALLOWED_NETWORKS: `${host}/32`,
      CLOUD_IMAGES_FETCH_PORTS: `80,443,${this.port}`,
      CLOUD_IMAGES_FETCH_ANSWER_SECONDS: '2',
    };
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}

export async function importsJourney(
  tally: Tally,
  clients: Clients,
  url: string,
  server: DataServer,
  dir: string,
): Promise<void> {
  const { client } = await login(url, 'demo');
  const from = (path: string) => `http://${host}:${server.port}${path}`;
  const formats = ['--disk-format', 'raw', '--container-format', 'bare'];
  const made = async (name: string) =>
    (await clients.openstackJson<{ id: string }>('demo', 'image', 'create', ...formats, name)).id;
  const download = (id: string, path: string) =>
    clients.openstack('demo', 'image', 'import', '--method', 'web-download', '--uri', from(path), id);
  const path = join(dir, 'imported.raw');
  await writeFile(path, data);

  await tally.check('openstack: the methods of import are told', async () => {
    const { stdout } = succeeded(await clients.openstack('demo', 'image', 'import', 'info'));
    assert.match(stdout, /glance-direct/);
    assert.match(stdout, /web-download/);
  });
  await tally.check('openstack: stage, then import by glance-direct', async () => {
    const id = await made('staged');
    succeeded(await clients.openstack('demo', 'image', 'stage', '--file', path, id));
    assert.equal((await show(client, id)).status, 'uploading');
    succeeded(await clients.openstack('demo', 'image', 'import', '--method', 'glance-direct', id));
    await assertActive(client, id);
    assert.deepEqual(await taskStatuses(client, id), ['success']);
  });
  await tally.check('openstack: create with --import', async () => {
    const args = ['image', 'create', '--import', '--file', path, ...formats, 'created-by-import'];
    const { id } = await clients.openstackJson<{ id: string }>('demo', ...args);
    await assertActive(client, id);
  });
  await tally.check('openstack: import by web-download, through a redirect', async () => {
    const id = await made('downloaded');
    succeeded(await download(id, '/moved'));
    await assertActive(client, id);
  });
  for (const [what, place] of [
    ['is not there', '/missing'],
    ['breaks off', '/broken'],
    ['redirects to the inside', '/inside'],
  ] as const) {
    await tally.check(
      `openstack: a web-download of what ${what} leaves the image as it was, and can be repeated`,
      async () => {
        const id = await made(`never-${place.slice(1)}`);
        succeeded(await download(id, place));
        for (const end = Date.now() + 30_000; !(await taskStatuses(client, id)).includes('failure');) {
          assert.ok(Date.now() < end, 'the task did not end');
          await sleep(200);
        }
        assert.deepEqual(await show(client, id), { status: 'queued', checksum: undefined, size: undefined });
        succeeded(await download(id, '/disk.raw'));
        await assertActive(client, id);
      },
    );
  }
  await tally.check('what is never fetched is refused at once, and so is a method that is not offered', async () => {
    const id = await made('refused');
    const where = ['http://169.254.169.254/', 'http://2130706433/', 'ftp://images.example/x', 'http://10.0.0.1/'];
    // The command itself does not look at the answer.
    for (const uri of where) {
      const answer = await client.call('POST', `/v2/images/${id}/import`, {
        body: { method: { name: 'web-download', uri } },
      });
      assert.deepEqual([uri, answer.status, answer.json.error], [uri, 400, 'uri-refused']);
    }
    const copy = await client.call('POST', `/v2/images/${id}/import`, { body: { method: { name: 'copy-image' } } });
    assert.deepEqual([copy.status, copy.json.error], [501, 'not-offered']);
    const early = await client.call('POST', `/v2/images/${id}/import`, {
      body: { method: { name: 'glance-direct' } },
    });
    assert.deepEqual([early.status, early.json.error], [409, 'status-conflict']);
    assert.equal((await show(client, id)).status, 'queued');
  });
}

async function show(client: ApiClient, id: string) {
  const { status, checksum, size } = (await client.call('GET', `/v2/images/${id}`)).json;
  return { status, checksum, size };
}

async function taskStatuses(client: ApiClient, id: string): Promise<string[]> {
  const { json } = await client.call('GET', `/v2/images/${id}/tasks`);
  return (json.tasks as { status: string }[]).map(({ status }) => status);
}

async function assertActive(client: ApiClient, id: string): Promise<void> {
  for (const end = Date.now() + 60_000; (await show(client, id)).status !== 'active';) {
    assert.ok(Date.now() < end, `the image is ${(await show(client, id)).status}`);
    await sleep(200);
  }
  assert.deepEqual(await show(client, id), { status: 'active', checksum: md5, size: data.length });
}
