import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { OutcomeUnknown, type Answer, type ApiClient } from '../support/api-client.ts';
import type { SeededRandom } from '../support/seeded-random.ts';
import { InFlight } from './in-flight.ts';
import { OperationLog, type Kind } from './operations.ts';

export interface LoadOptions {
  /** Of uploads that take more than one part of 8 MiB. */
  readonly largeShare?: number;
  /** Deleted images are purged by the share of this, so that their data goes. */
  readonly purgeShare?: number;
  /** Patience of a client with an answer. */
  readonly timeoutMs?: number;
}

const LARGE_BYTES = 12 * 1024 * 1024;

/** Clients that never stop: mixed commands on images of their own and on a few that all of them fight over. */
export class Load {
  readonly log = new OperationLog();
  /** Every request under way, operation or read. */
  readonly requests = new InFlight();
  private stopping = false;
  private workers: Promise<void>[] = [];
  private readonly contended: string[] = [];
  private readonly large = Buffer.alloc(LARGE_BYTES, 7);

  private readonly clients: readonly ApiClient[];
  private readonly random: SeededRandom;
  private readonly options: LoadOptions;

  constructor(clients: readonly ApiClient[], random: SeededRandom, options: LoadOptions = {}) {
    this.clients = clients;
    this.random = random;
    this.options = options;
  }

  private get patience(): number {
    return this.options.timeoutMs ?? 15_000;
  }

  get inFlight(): number {
    return this.requests.count;
  }

  async start(count: number): Promise<void> {
    for (let i = 0; i < 4; i += 1) {
      const id = await this.create(this.clients[0] as ApiClient);
      if (id) this.contended.push(id);
    }
    this.workers = Array.from({ length: count }, (_, i) =>
      this.work(this.clients[i % this.clients.length] as ApiClient),
    );
  }

  async stop(): Promise<void> {
    this.stopping = true;
    await Promise.all(this.workers);
  }

  private async work(client: ApiClient): Promise<void> {
    while (!this.stopping) {
      const id = await this.create(client);
      if (!id) {
        await sleep(50);
        continue;
      }
      const steps = this.random.int(3, 9);
      for (let i = 0; i < steps && !this.stopping; i += 1)
        await this.step(client, this.random.next() < 0.2 ? this.random.pick(this.contended) : id);
      if (this.random.next() < 0.8) await this.upload(client, id);
      if (this.random.next() < 0.2) await this.act('deactivate', client, id);
      if (this.random.next() < 0.3) await this.remove(client, id);
    }
  }

  private async create(client: ApiClient): Promise<string | null> {
    const id = randomUUID();
    const name = `name-${randomUUID()}`;
    const body = { id, name, disk_format: 'raw', container_format: 'bare' };
    const outcome = await this.send('create', id, name, client, 'POST', '/v2/images', body, 201);
    return outcome === 'ok' ? id : null;
  }

  private async step(client: ApiClient, id: string): Promise<void> {
    const marker = randomUUID();
    switch (this.random.int(0, 6)) {
      case 0:
      case 1:
        return this.patch('rename', client, id, { op: 'replace', path: '/name', value: marker });
      case 2:
      case 3:
        return this.patch('set-property', client, id, { op: 'add', path: '/note', value: marker });
      case 4:
        await this.send('tag', id, marker, client, 'PUT', `/v2/images/${id}/tags/${marker}`, undefined, 204);
        return;
      case 5:
        return this.share(client, id, marker);
      default:
        await this.read(client, id);
    }
  }

  private async patch(
    kind: Kind,
    client: ApiClient,
    id: string,
    operation: { op: string; path: string; value: string },
  ) {
    const headers = { 'content-type': 'application/openstack-images-v2.1-json-patch' };
    const call = { headers, body: JSON.stringify([operation]), timeoutMs: this.patience };
    await this.run(kind, id, operation.value, () => client.call('PATCH', `/v2/images/${id}`, call), 200);
  }

  private async share(client: ApiClient, id: string, member: string): Promise<void> {
    const members = `/v2/images/${id}/members`;
    const shared = await this.send('share', id, member, client, 'POST', members, { member }, 200);
    if (shared === 'ok' && this.random.next() < 0.5)
      await this.send('unshare', id, member, client, 'DELETE', `${members}/${member}`, undefined, 204);
  }

  private async act(kind: 'deactivate' | 'purge', client: ApiClient, id: string): Promise<void> {
    await this.send(kind, id, id, client, 'POST', `/v2/images/${id}/actions/${kind}`, undefined, 204);
  }

  private async remove(client: ApiClient, id: string): Promise<void> {
    const removed = await this.send('delete', id, id, client, 'DELETE', `/v2/images/${id}`, undefined, 204);
    if (removed !== 'refused' && this.random.next() < (this.options.purgeShare ?? 0))
      await this.act('purge', client, id);
  }

  private async upload(client: ApiClient, id: string): Promise<void> {
    const data = this.random.next() < (this.options.largeShare ?? 0) ? this.largeData() : this.smallData();
    const digest = createHash('sha512').update(data).digest('hex');
    const headers = { 'content-type': 'application/octet-stream' };
    const call = { headers, body: data, timeoutMs: 4 * this.patience };
    await this.run('upload', id, digest, () => client.call('PUT', `/v2/images/${id}/file`, call), 204);
  }

  private smallData(): Buffer {
    return this.random.bytes(this.random.int(0, 64) * 1024 + this.random.int(1, 1023));
  }

  private largeData(): Buffer {
    return Buffer.concat([this.random.bytes(32), this.large]);
  }

  private async read(client: ApiClient, id: string): Promise<void> {
    this.requests.change(1);
    try {
      const timeoutMs = this.patience;
      this.inspect(await client.call('GET', `/v2/images/${id}`, { timeoutMs }), `GET ${id}`);
      this.inspect(await client.call('GET', '/v2/images?limit=10', { timeoutMs }), 'list');
    } catch (error) {
      if (!(error instanceof OutcomeUnknown)) throw error;
    } finally {
      this.requests.change(-1);
    }
  }

  private send(
    kind: Kind,
    image: string,
    marker: string,
    client: ApiClient,
    method: string,
    path: string,
    body: object | undefined,
    expected: number,
  ) {
    const call = { body, timeoutMs: this.patience };
    return this.run(kind, image, marker, () => client.call(method, path, call), expected);
  }

  private async run(kind: Kind, image: string, marker: string, call: () => Promise<Answer>, expected: number) {
    const operation = this.log.begin(kind, image, marker);
    this.requests.change(1);
    try {
      const answer = await call();
      operation.status = answer.status;
      this.inspect(answer, `${kind} ${image}`);
      if (answer.status === expected) operation.outcome = 'ok';
      else if (answer.status < 500) operation.outcome = 'refused';
      else operation.said = answer.body.toString('utf8').slice(0, 300);
    } catch (error) {
      if (!(error instanceof OutcomeUnknown)) throw error;
    } finally {
      operation.ended = Date.now();
      this.requests.change(-1);
    }
    if (operation.outcome === 'unknown') await sleep(this.random.int(100, 400));
    return operation.outcome;
  }

  private inspect(answer: Answer, what: string): void {
    const excused = answer.status === 503 && answer.headers['retry-after'] !== undefined;
    if (answer.status >= 500 && !excused)
      this.log.unexplained.push(`${what}: ${answer.status} ${answer.body.toString('utf8').slice(0, 200)}`);
  }
}
