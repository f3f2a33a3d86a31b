import { setTimeout as sleep } from 'node:timers/promises';
import { imageNotFound, internalHeaders, Refusal, type BlobLocator } from '@cloud-images/contracts';
import type { ContentRule, StoredImageData } from '@cloud-images/image-data';
import {
  headersAs,
  newRequestId,
  type CallerContext,
  type IdentitySigner,
  type ServiceClient,
} from '@cloud-images/service-kit';
import type { Task } from './task/task.js';

/** Where the catalog wants data to be put, for one try. */
export interface Place {
  readonly attempt: string;
  readonly key: string;
  readonly lease_seconds: number;
  /** bytes */
  readonly max_size: number;
  readonly over_quota: string | null;
}

/** What the catalog gives for one try to store the data of an image. */
export interface Attempt extends Place {
  readonly content: ContentRule | null;
}

/** What the catalog gives for an import into an image that is there. */
export interface BegunImport extends Attempt {
  readonly image_id: string;
  /** The image has its data by this very task already. */
  readonly done: boolean;
  /** What lies ready, and where; null when it is to be fetched. */
  readonly staged: (StoredImageData & { readonly key: string }) | null;
  /** Compressed data is to be decompressed. */
  readonly decompress: boolean;
  /** Disks of other formats are to be converted; null: they stay as they are. */
  readonly convert_to: 'raw' | 'qcow2' | null;
}

export interface ChoreRound {
  readonly done: number;
  /** Where the next round goes on; null: nothing is left for now. */
  readonly next: string | null;
}

export interface LocatedData {
  readonly image_id: string;
  readonly owner: string | null;
  readonly status: string;
  readonly disk_format: string | null;
  readonly container_format: string | null;
  readonly locator: BlobLocator | null;
}

/** Together longer than a restart of the catalog takes. */
const againAfterMs = [200, 500, 1_000, 2_000, 4_000, 8_000];

/** The service that knows the images: asked as the one who asked for a task, told in our own name how it ended. */
export class Catalog {
  constructor(
    private readonly client: ServiceClient,
    private readonly signer: IdentitySigner,
  ) {}

  /** queued, with an id that we chose. Throws the catalog's own refusal; `id-taken` when it is there already. */
  async createImage(task: Task, image: Readonly<Record<string, unknown>>): Promise<void> {
    await this.client.call('POST', '/v2/images', { headers: this.asRequester(task), body: image });
  }

  /** As the requester sees it, deleted ones too; null when it does not. */
  async statusOf(task: Task, imageId: string): Promise<string | null> {
    try {
      const path = `/internal/images/${imageId}/as-seen`;
      const { body } = await this.client.call<{ status: string }>('GET', path, { headers: this.asRequester(task) });
      return body.status;
    } catch (error) {
      if (error instanceof Refusal && error.code === 'not-found') return null;
      throw error;
    }
  }

  async locate(task: Task, imageId: string): Promise<LocatedData> {
    const path = `/internal/images/${encodeURIComponent(imageId)}/data`;
    return (await this.client.call<LocatedData>('GET', path, { headers: this.asRequester(task) })).body;
  }

  /** queued → saving. `attempt`: drawn by us, so that it can be ended also when the answer is lost. */
  async beginUpload(task: Task, imageId: string, attempt: string, declaredSize: number): Promise<Attempt> {
    const path = `/internal/images/${imageId}/begin-upload`;
    const call = { headers: this.asRequester(task), body: { declared_size: declaredSize, attempt } };
    return (await this.client.call<Attempt>('POST', path, call)).body;
  }

  /** Keeps the attempt alive; throws a `Refusal` when it has ended. */
  async renewUpload(task: Task, imageId: string, attempt: string): Promise<void> {
    await this.settle(task, attempt, 'renew', { image_id: imageId });
  }

  /** saving or importing → active. Repeating it is harmless; throws a `Refusal` when the attempt has ended otherwise. */
  async completeUpload(
    task: Task,
    imageId: string,
    attempt: string,
    stored: StoredImageData & { readonly disk_format?: string },
  ): Promise<void> {
    await persistently(() => this.settle(task, attempt, 'complete', { image_id: imageId, ...stored }));
  }

  /** saving → queued; nothing when the attempt is not the image's. */
  async failUpload(task: Task, imageId: string, attempt: string, reason: string): Promise<void> {
    const body = { image_id: imageId, reason: reason.slice(0, 1_000), killed: false };
    await persistently(() => this.settle(task, attempt, 'fail', body));
  }

  /** The image is gone, whatever it was; false when there never was one. */
  async discard(task: Task, imageId: string): Promise<boolean> {
    const path = `/internal/images/${imageId}/discard`;
    return (await this.client.call<{ known: boolean }>('POST', path, { headers: this.inOwnName(task) })).body.known;
  }

  /** Throws the refusal that an import of this kind would meet now. */
  async assertImportable({ identity, ...ids }: CallerContext, imageId: string, method: string): Promise<BegunImport> {
    const { user, project, roles, source } = identity;
    const headers = {
      [internalHeaders.identity]: this.signer.sign({ user, project, roles, source }),
      ...idHeaders(ids.request_id, ids.correlation_id),
    };
    return this.askToImport(headers, imageId, { task_id: null, method });
  }

  /** queued or uploading → importing; harmless to repeat for the task that has the image. */
  async beginImport(task: Task, imageId: string, method: string): Promise<BegunImport> {
    return this.askToImport(this.asRequester(task), imageId, { task_id: task.id, method });
  }

  /** A fresh place for what is made of what lies ready; what an earlier run had is to be removed. Throws a `Refusal` when the task does not own the image. */
  async reworkImport(task: Task, imageId: string): Promise<Place> {
    const path = `/internal/images/${imageId}/rework-import`;
    const call = { headers: this.inOwnName(task), body: { task_id: task.id } };
    return (await this.client.call<Place>('POST', path, call)).body;
  }

  /** importing → queued; nothing when the image is not the task's. */
  async failImport(task: Task, imageId: string, reason: string): Promise<void> {
    const body = { task_id: task.id, reason: reason.slice(0, 1_000) };
    const path = `/internal/images/${imageId}/fail-import`;
    await persistently(
      async () => void (await this.client.call('POST', path, { headers: this.inOwnName(task), body })),
    );
  }

  /** A round of one of the catalog's own chores. */
  async doChore(name: string, from: string | null, signal: AbortSignal): Promise<ChoreRound> {
    const id = newRequestId();
    const headers = { [internalHeaders.identity]: this.signer.signSelf(), ...idHeaders(id, id) };
    const call = { headers, body: { from }, signal };
    return (await this.client.call<ChoreRound>('POST', `/internal/chores/${name}`, call)).body;
  }

  /** The id of an image that the caller sees, in lowercase; throws `not-found`. */
  async assertVisible(caller: CallerContext, imageId: string): Promise<string> {
    const path = `/internal/images/${encodeURIComponent(imageId)}/as-seen`;
    const call = { headers: headersAs(caller) };
    const { body } = await this.client.call<{ image_id: string; deleted: boolean }>('GET', path, call);
    if (body.deleted) throw imageNotFound();
    return body.image_id;
  }

  private async askToImport(headers: Record<string, string>, imageId: string, body: object): Promise<BegunImport> {
    const path = `/internal/images/${encodeURIComponent(imageId)}/begin-import`;
    return (await this.client.call<BegunImport>('POST', path, { headers, body })).body;
  }

  private async settle(task: Task, attempt: string, verb: string, body: object): Promise<void> {
    await this.client.call('POST', `/internal/uploads/${attempt}/${verb}`, { headers: this.inOwnName(task), body });
  }

  /** With the rights that the requester had, for the operations of this task only. */
  private asRequester({ requester: { actor, source }, requestId, correlationId }: Task): Record<string, string> {
    const { user, project, roles } = actor;
    return {
      [internalHeaders.identity]: this.signer.sign({ user, project, roles, source }),
      ...idHeaders(requestId, correlationId),
    };
  }

  private inOwnName({ requestId, correlationId }: Task): Record<string, string> {
    return { [internalHeaders.identity]: this.signer.signSelf(), ...idHeaders(requestId, correlationId) };
  }
}

const idHeaders = (requestId: string, correlationId: string) => ({
  [internalHeaders.requestId]: requestId,
  [internalHeaders.correlationId]: correlationId,
});

/** Again while the outcome is unknown; a refusal is an outcome. */
async function persistently(call: () => Promise<void>): Promise<void> {
  for (const pause of againAfterMs) {
    try {
      return await call();
    } catch (error) {
      if (error instanceof Refusal) throw error;
      await sleep(pause);
    }
  }
  await call();
}
