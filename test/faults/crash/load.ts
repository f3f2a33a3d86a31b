import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { OutcomeUnknown, type Answer, type ApiClient } from '../../support/api-client.ts';
import type { SeededRandom } from '../../support/seeded-random.ts';
import { OperationLog, type Kind } from './operations.ts';

/** Clients that never stop: mixed commands on images of their own and on a few that all of them fight over. */
export class Load {
  readonly log = new OperationLog();
  /** Every request under way, operation or read. */
  inFlight = 0;
  private stopping = false;
  private workers: Promise<void>[] = [];
  private readonly contended: string[] = [];

  private readonly clients: readonly ApiClient[];
  private readonly random: SeededRandom;

  constructor(clients: readonly ApiClient[], random: SeededRandom) {
    this.clients = clients;
    this.random = random;
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
      if (this.random.next() < 0.2)
        await this.run('deactivate', id, id, () => client.call('POST', `/v2/images/${id}/actions/deactivate`), 204);
      if (this.random.next() < 0.3)
        await this.run('delete', id, id, () => client.call('DELETE', `/v2/images/${id}`), 204);
    }
  }

  private async create(client: ApiClient): Promise<string | null> {
    const id = randomUUID();
    const name = `name-${randomUUID()}`;
    const body = { id, name, disk_format: 'raw', container_format: 'bare' };
    const outcome = await this.run('create', id, name, () => client.call('POST', '/v2/images', { body }), 201);
    return outcome === 'ok' ? id : null;
  }

  private async step(client: ApiClient, id: string): Promise<void> {
    const marker = randomUUID();
    switch (this.random.int(0, 6)) {
      case 0:
      case 1:
        await this.run(
          'rename',
          id,
          marker,
          () => client.patch(id, [{ op: 'replace', path: '/name', value: marker }]),
          200,
        );
        return;
      case 2:
      case 3:
        await this.run(
          'set-property',
          id,
          marker,
          () => client.patch(id, [{ op: 'add', path: '/note', value: marker }]),
          200,
        );
        return;
      case 4:
        await this.run('tag', id, marker, () => client.call('PUT', `/v2/images/${id}/tags/${marker}`), 204);
        return;
      case 5: {
        const shared = await this.run(
          'share',
          id,
          marker,
          () => client.call('POST', `/v2/images/${id}/members`, { body: { member: marker } }),
          200,
        );
        if (shared === 'ok' && this.random.next() < 0.5) {
          await this.run('unshare', id, marker, () => client.call('DELETE', `/v2/images/${id}/members/${marker}`), 204);
        }
        return;
      }
      default:
        await this.read(client, id);
    }
  }

  private async upload(client: ApiClient, id: string): Promise<void> {
    const data = this.random.bytes(this.random.int(0, 64) * 1024 + this.random.int(1, 1023));
    const digest = createHash('sha512').update(data).digest('hex');
    await this.run('upload', id, digest, () => client.upload(id, data), 204);
  }

  private async read(client: ApiClient, id: string): Promise<void> {
    this.inFlight += 1;
    try {
      this.inspect(await client.call('GET', `/v2/images/${id}`), `GET ${id}`);
      this.inspect(await client.call('GET', '/v2/images?limit=10'), 'list');
    } catch (error) {
      if (!(error instanceof OutcomeUnknown)) throw error;
    } finally {
      this.inFlight -= 1;
    }
  }

  private async run(kind: Kind, image: string, marker: string, send: () => Promise<Answer>, expected: number) {
    const operation = this.log.begin(kind, image, marker);
    this.inFlight += 1;
    try {
      const answer = await send();
      operation.status = answer.status;
      this.inspect(answer, `${kind} ${image}`);
      if (answer.status === expected) operation.outcome = 'ok';
      else if (answer.status < 500) operation.outcome = 'refused';
    } catch (error) {
      if (!(error instanceof OutcomeUnknown)) throw error;
    } finally {
      this.inFlight -= 1;
    }
    if (operation.outcome === 'unknown') await sleep(this.random.int(20, 120));
    return operation.outcome;
  }

  private inspect(answer: Answer, what: string): void {
    const excused = answer.status === 503 && answer.headers['retry-after'] !== undefined;
    if (answer.status >= 500 && !excused)
      this.log.unexplained.push(`${what}: ${answer.status} ${answer.body.toString('utf8').slice(0, 200)}`);
  }
}
