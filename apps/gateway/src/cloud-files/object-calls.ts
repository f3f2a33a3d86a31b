import { internalHeaders } from '@cloud-images/contracts';
import type { IdentitySigner, ServiceClient } from '@cloud-images/service-kit';
import { persistently } from '../bytes/persistently.js';
import type { Exchange } from '../edge/exchange.js';

export interface ObjectName {
  readonly account: string;
  readonly container: string;
  readonly object: string;
}

/** What the task-worker gives for one try to write an object. */
export interface BegunObject {
  readonly attempt: string;
  readonly key: string;
  readonly lease_seconds: number;
  /** bytes */
  readonly max_size: number;
  readonly project: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** Seconds since 1970. */
  readonly delete_at: number | null;
}

export interface WrittenObject {
  readonly size: number;
  readonly md5: string;
  readonly sha512: string;
  readonly content_type: string;
}

export interface NewManifest {
  readonly content_type: string;
  /** Of the object, as the client reckons it; hex. */
  readonly md5: string | null;
  readonly segments: unknown;
}

/** Together longer than a restart of the task-worker takes. */
const completeAgainAfterMs = [200, 500, 1_000, 2_000, 4_000, 8_000];
const failAgainAfterMs = [200, 1_000];

/** The task-worker's side of an object's upload. */
export class ObjectCalls {
  constructor(
    private readonly taskWorker: ServiceClient,
    private readonly signer: IdentitySigner,
  ) {}

  /** As the caller; throws the task-worker's `Refusal`. */
  async begin(
    exchange: Exchange,
    name: ObjectName,
    declaredSize: number | null,
    ifAbsent: boolean,
    copied: Readonly<Record<string, string>> = {},
  ): Promise<BegunObject> {
    const { headers, sent } = asCaller(exchange);
    const { body } = await this.taskWorker.call<BegunObject>('POST', '/internal/cloud-files/begin', {
      headers,
      body: { ...name, declared_size: declaredSize, if_absent: ifAbsent, headers: { ...copied, ...sent } },
    });
    return body;
  }

  /** As the caller: an object that is made of others; its ETag. Throws the task-worker's `Refusal`. */
  async putManifest(exchange: Exchange, name: ObjectName, ifAbsent: boolean, manifest: NewManifest): Promise<string> {
    const { headers, sent } = asCaller(exchange);
    const { body } = await this.taskWorker.call<{ etag: string }>('POST', '/internal/cloud-files/manifest', {
      headers,
      body: { ...name, if_absent: ifAbsent, headers: sent, ...manifest },
    });
    return body.etag;
  }

  /** Repeating it is harmless; throws a `Refusal` when the object is not there with this data. */
  async complete(
    exchange: Exchange,
    { attempt, project, metadata, delete_at }: BegunObject,
    { container, object }: ObjectName,
    ifAbsent: boolean,
    written: WrittenObject,
  ): Promise<void> {
    const body = { project, container, object, metadata, delete_at, if_absent: ifAbsent, ...written };
    await persistently(completeAgainAfterMs, () => this.call(exchange, attempt, 'complete', body));
  }

  async fail(exchange: Exchange, { attempt }: BegunObject): Promise<void> {
    await persistently(failAgainAfterMs, () => this.call(exchange, attempt, 'fail', {}));
  }

  async renew(exchange: Exchange, { attempt }: BegunObject): Promise<void> {
    await this.call(exchange, attempt, 'renew', {});
  }

  private async call(exchange: Exchange, attempt: string, verb: string, body: object): Promise<void> {
    const headers = {
      [internalHeaders.identity]: this.signer.signSelf(),
      [internalHeaders.requestId]: exchange.requestId,
    };
    const path = `/internal/cloud-files/attempts/${encodeURIComponent(attempt)}/${verb}`;
    await this.taskWorker.call('POST', path, { headers, body });
  }
}

/** Who asks, and what was sent of the object beside its data. */
function asCaller(exchange: Exchange): { headers: Record<string, string>; sent: Record<string, string> } {
  const inward = exchange.headersInward(exchange.session?.signed ?? '');
  const headers: Record<string, string> = {};
  const sent: Record<string, string> = {};
  for (let at = 0; at < inward.length; at += 2) {
    const [header, value] = [inward[at]!, inward[at + 1]!];
    if (header.startsWith('x-cloud-images-')) headers[header] = value;
    // Where the bytes come from is seen to here.
    else if (header !== 'x-copy-from') sent[header] = value;
  }
  return { headers, sent };
}
