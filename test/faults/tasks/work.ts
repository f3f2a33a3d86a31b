import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { ApiClient } from '../../support/api-client.ts';
import { qcow2Of } from '../../support/qcow2-of.ts';
import type { SeededRandom } from '../../support/seeded-random.ts';
import { soundVhd, unsoundVhds } from '../../support/vhd.ts';

/** Every place of an import's and an export's way, of an import into an image, and of the log under all of them. */
export const pointsToDieAt = [
  'task.taken',
  'task.begun',
  'import.created',
  'import.uploading',
  'import.stored',
  'export.prepared',
  'export.created',
  'image-import.begun',
  'image-import.reworking',
  'image-import.decompressed',
  'image-import.converted',
  'image-import.stored',
  'task.done',
  'task.discarded',
  'task.ended',
  'append.begun',
  'append.committed',
  'commit.sent',
] as const;

export interface Asked {
  readonly id: string;
  readonly kind: 'import' | 'refused import' | 'export' | 'web-download' | 'glance-direct';
  /** The name of the image to import, or the id of the image that is exported or imported into. */
  readonly subject: string;
  /** Of the image that is imported into, once it has it. */
  readonly data?: Buffer;
}

/** What is imported into images: it becomes the data as it is, or after it was decompressed and converted. */
export interface Material {
  readonly sent: Buffer;
  readonly becomes: Buffer;
  readonly format: 'raw' | 'qcow2';
}

const octets = { 'content-type': 'application/octet-stream' };

/** Imports that succeed, imports that fail, exports, and imports into an image: one of each at every kill. */
export class Work {
  readonly tasks: Asked[] = [];
  readonly container = `crash-${randomUUID()}`;
  private open: Asked[] = [];

  private constructor(
    readonly client: ApiClient,
    readonly projectId: string,
    /** Where `plain` is to be had; `compressed` at `<source>.gz`. */
    private readonly source: string,
    private readonly random: SeededRandom,
  ) {}

  /** What every image is filled with that is not imported as a VHD; of whole sectors, as disks are. */
  static readonly data = randomBytes(100_352);
  static readonly plain: Material = { sent: Work.data, becomes: Work.data, format: 'raw' };
  static readonly compressed: Material = { sent: gzipSync(qcow2Of(Work.data)), becomes: Work.data, format: 'qcow2' };

  static async prepare(client: ApiClient, projectId: string, source: string, random: SeededRandom): Promise<Work> {
    const work = new Work(client, projectId, source, random);
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
    const uploaded = await this.client.upload(image, Work.data);
    if (uploaded.status !== 204) throw new Error(`upload: ${uploaded.status}`);
    this.open = [
      await this.task('import', name, { import_from: `${this.container}/good.vhd`, image_properties: { name } }),
      await this.task('refused import', refused, {
        ...{ import_from: `${this.container}/bad-${bad}.vhd`, image_properties: { name: refused } },
      }),
      await this.task('export', image, { image_uuid: image, receiving_swift_container: this.container }),
      await this.downloaded(this.source, Work.plain),
      await this.downloaded(`${this.source}.gz`, Work.compressed),
      await this.staged(Work.plain),
      await this.staged(Work.compressed),
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

  private async image(disk_format = 'raw'): Promise<string> {
    const body = { disk_format, container_format: 'bare', name: 'no import of a VHD' };
    const { json } = await this.expect(201, 'POST', '/v2/images', { body });
    return json.id as string;
  }

  private async downloaded(uri: string, { format, becomes }: Material): Promise<Asked> {
    return this.imported('web-download', await this.image(format), becomes, { uri });
  }

  private async staged({ format, sent: body, becomes }: Material): Promise<Asked> {
    const id = await this.image(format);
    const { status } = await this.client.call('PUT', `/v2/images/${id}/stage`, { body, headers: octets });
    if (status !== 204) throw new Error(`stage: ${status}`);
    return this.imported('glance-direct', id, becomes);
  }

  /** The answer names no task: it is the one that the image has. Where the worker died over its answer, there is one. */
  private async imported(
    name: 'web-download' | 'glance-direct',
    image: string,
    data: Buffer,
    more: object = {},
  ): Promise<Asked> {
    const body = { method: { name, ...more } };
    for (const end = Date.now() + 30_000; ; await sleep(100)) {
      const asked = await this.client.call('POST', `/v2/images/${image}/import`, { body }).catch(() => null);
      const { json } = await this.expect(200, 'GET', `/v2/images/${image}/tasks`);
      const [task] = json.tasks as { id: string }[];
      if (task) return { id: task.id, kind: name, subject: image, data };
      if (Date.now() > end) throw new Error(`${name}: ${asked?.status} ${asked?.body.toString('utf8')}`);
    }
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
