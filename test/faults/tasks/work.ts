import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from '../../support/api-client.ts';
import type { SeededRandom } from '../../support/seeded-random.ts';
import { soundVhd, unsoundVhds } from '../../support/vhd.ts';

/** Every place of an import's and an export's way, and of the log under both. */
export const pointsToDieAt = [
  'task.taken',
  'task.begun',
  'import.created',
  'import.uploading',
  'import.stored',
  'export.prepared',
  'export.created',
  'task.done',
  'task.discarded',
  'task.ended',
  'append.begun',
  'append.committed',
  'commit.sent',
] as const;

export interface Asked {
  readonly id: string;
  readonly kind: 'import' | 'refused import' | 'export';
  /** Of the image to import, or of the image that is exported. */
  readonly subject: string;
}

const octets = { 'content-type': 'application/octet-stream' };

/** Imports that succeed, imports that fail, and exports: one of each at every kill. */
export class Work {
  readonly tasks: Asked[] = [];
  readonly container = `crash-${randomUUID()}`;
  private open: Asked[] = [];

  private constructor(
    readonly client: ApiClient,
    readonly projectId: string,
    private readonly random: SeededRandom,
  ) {}

  static async prepare(client: ApiClient, projectId: string, random: SeededRandom): Promise<Work> {
    const work = new Work(client, projectId, random);
    await work.expect(201, 'PUT', work.path(''));
    await work.expect(201, 'PUT', work.path('good.vhd'), { body: soundVhd(300_000), headers: octets });
    const unsound = Object.values(unsoundVhds).flat();
    for (const [nth, [, file]] of unsound.entries()) {
      await work.expect(201, 'PUT', work.path(`bad-${nth}.vhd`), { body: file(), headers: octets });
    }
    return work;
  }

  async ask(): Promise<void> {
    const name = `image-${randomUUID()}`;
    const refused = `image-${randomUUID()}`;
    const bad = this.random.int(0, Object.values(unsoundVhds).flat().length - 1);
    const image = await this.image();
    this.open = [
      await this.task('import', name, { import_from: `${this.container}/good.vhd`, image_properties: { name } }),
      await this.task('refused import', refused, {
        ...{ import_from: `${this.container}/bad-${bad}.vhd`, image_properties: { name: refused } },
      }),
      await this.task('export', image, { image_uuid: image, receiving_swift_container: this.container }),
    ];
    this.tasks.push(...this.open);
  }

  /** False when it did not come in time. */
  async until(what: () => boolean | Promise<boolean>, ms: number): Promise<boolean> {
    for (const end = Date.now() + ms; Date.now() < end; await sleep(20)) if (await what()) return true;
    return false;
  }

  /** Every task that was asked for last has ended. */
  async ended(ms: number): Promise<void> {
    const inTime = await this.until(async () => {
      const statuses = await Promise.all(this.open.map(({ id }) => this.status(id)));
      return statuses.every((status) => status === 'success' || status === 'failure');
    }, ms);
    if (!inTime) throw new Error(`tasks did not end: ${JSON.stringify(this.open)}`);
  }

  async status(id: string): Promise<string> {
    return (await this.client.call('GET', `/v2/tasks/${id}`)).json?.status as string;
  }

  path = (object: string): string => `/v1/AUTH_${this.projectId}/${this.container}${object === '' ? '' : `/${object}`}`;

  private async image(): Promise<string> {
    const body = { disk_format: 'raw', container_format: 'bare', name: 'to export' };
    const { json } = await this.expect(201, 'POST', '/v2/images', { body });
    const uploaded = await this.client.upload(json.id as string, randomBytes(100_000));
    if (uploaded.status !== 204) throw new Error(`upload: ${uploaded.status}`);
    return json.id as string;
  }

  private async task(kind: Asked['kind'], subject: string, input: object): Promise<Asked> {
    const type = kind === 'export' ? 'export' : 'import';
    const { json } = await this.expect(201, 'POST', '/v2/tasks', { body: { type, input } });
    return { id: json.id as string, kind, subject };
  }

  /** Asked again while the worker is away, which it may be at any moment. */
  private async expect(status: number, method: string, path: string, call: object = {}) {
    const key = { 'idempotency-key': randomUUID() };
    for (const end = Date.now() + 30_000; ; await sleep(100)) {
      const headers = { ...(call as { headers?: object }).headers, ...(method === 'POST' ? key : {}) };
      const answer = await this.client.call(method, path, { ...call, headers } as never).catch(() => null);
      if (answer?.status === status || (method === 'PUT' && answer?.status === 202)) return answer!;
      if (Date.now() > end) throw new Error(`${method} ${path}: ${answer?.status} ${answer?.body.toString('utf8')}`);
    }
  }
}
