import { internalHeaders } from '@cloud-images/contracts';
import type { ContentRule, StoredImageData } from '@cloud-images/image-data';
import type { IdentitySigner, ServiceClient } from '@cloud-images/service-kit';
import type { Exchange } from '../edge/exchange.js';
import { persistently } from './persistently.js';

/** What the catalog gives for one try to upload. */
export interface Attempt {
  readonly attempt: string;
  readonly key: string;
  readonly lease_seconds: number;
  /** bytes */
  readonly max_size: number;
  /** What a client is told that sends more, when the quota of the image's owner sets `max_size`. */
  readonly over_quota?: string | null;
  /** What the data must be; null: any will do. */
  readonly content: ContentRule | null;
}

/** What received data becomes: the image's, or what lies ready for an import. */
export type Ending = 'complete' | 'stage';

/** Together longer than a restart of the catalog takes. */
const completeAgainAfterMs = [200, 500, 1_000, 2_000, 4_000, 8_000];
const failAgainAfterMs = [200, 1_000];

/** The catalog's side of an upload. */
export class UploadCalls {
  constructor(
    private readonly catalog: ServiceClient,
    private readonly signer: IdentitySigner,
  ) {}

  /** queued → saving, as the caller; throws the catalog's `Refusal`. */
  async begin(exchange: Exchange, imageId: string, declaredSize: number | null, ending: Ending): Promise<Attempt> {
    const path = `/internal/images/${encodeURIComponent(imageId)}/begin-upload`;
    const headers = exchange.headersInward(exchange.session?.signed ?? '');
    const { body } = await this.catalog.call<Attempt>('POST', path, {
      headers: asRecord(headers, ['content-type', 'accept']),
      body: { declared_size: declaredSize, staging: ending === 'stage' },
    });
    return body;
  }

  /** saving → active, or → uploading when it is staged for an import. Repeating it is harmless; throws a `Refusal` when the attempt has ended otherwise. */
  async complete(
    exchange: Exchange,
    { attempt }: Attempt,
    imageId: string,
    stored: StoredImageData,
    ending: Ending,
  ): Promise<void> {
    const body = { image_id: imageId, ...stored };
    await persistently(completeAgainAfterMs, () => this.call(exchange, attempt, ending, body));
  }

  /** saving → queued, or → killed when stored data is not what was received. */
  async fail(
    exchange: Exchange,
    { attempt }: Attempt,
    imageId: string,
    reason: string,
    killed: boolean,
  ): Promise<void> {
    const body = { image_id: imageId, reason, killed };
    await persistently(failAgainAfterMs, () => this.call(exchange, attempt, 'fail', body));
  }

  /** Keeps the attempt alive; throws a `Refusal` when it has ended. */
  async renew(exchange: Exchange, { attempt }: Attempt, imageId: string): Promise<void> {
    await this.call(exchange, attempt, 'renew', { image_id: imageId });
  }

  private async call(exchange: Exchange, attempt: string, verb: string, body: object): Promise<void> {
    const headers = {
      [internalHeaders.identity]: this.signer.signSelf(),
      [internalHeaders.requestId]: exchange.requestId,
    };
    await this.catalog.call('POST', `/internal/uploads/${encodeURIComponent(attempt)}/${verb}`, { headers, body });
  }
}

function asRecord(headers: readonly string[], without: readonly string[]): Record<string, string> {
  const record: Record<string, string> = {};
  for (let at = 0; at < headers.length; at += 2) {
    if (!without.includes(headers[at]!)) record[headers[at]!] = headers[at + 1]!;
  }
  return record;
}
