import { internalHeaders, type RecordedEvent } from '@cloud-images/contracts';
import type { EventStore } from '@cloud-images/event-store';
import {
  headersAs,
  ServiceUnavailable,
  type CallerContext,
  type IdentitySigner,
  type ServiceClient,
} from '@cloud-images/service-kit';
import type { ShownImage } from './membership/shown-image.js';

const MOST_REMEMBERED = 10_000;
const MOST_ROUNDS = 20;

export interface CatalogOptions {
  readonly client: ServiceClient;
  readonly signer: IdentitySigner;
  readonly store: EventStore;
}

/** The service that knows the images: asked as the caller, told what became of their members. */
export class Catalog {
  /** Stream → version up to which the catalog said that it has it. Only ever a shortcut. */
  private readonly told = new Map<string, number>();

  constructor(private readonly options: CatalogOptions) {}

  /** The image as the caller sees it; throws the catalog's own refusal. */
  async show(caller: CallerContext, imageId: string): Promise<ShownImage> {
    const path = `/internal/images/${encodeURIComponent(imageId)}/as-seen`;
    const { body } = await this.options.client.call<ShownImage>('GET', path, { headers: headersAs(caller) });
    return body;
  }

  /**
   * Returns once the catalog has applied the stream up to `version`: then an acceptance shows in the list and an end of
   * sharing in every answer. Otherwise `ServiceUnavailable`: the fact stands, and asking again pushes again.
   */
  async push(stream: string, version: number): Promise<void> {
    let have = this.told.get(stream) ?? Math.max(0, version - 1);
    for (let round = 0; have < version; round += 1) {
      if (round === MOST_ROUNDS) throw new ServiceUnavailable('the catalog does not take what it lacks');
      const events = await this.options.store.readStream(stream, have, 200);
      have = await this.send(events);
      this.remember(stream, have);
    }
  }

  private async send(events: readonly RecordedEvent[]): Promise<number> {
    const { body } = await this.options.client.call<{ have: number }>('POST', '/internal/member-events', {
      headers: { [internalHeaders.identity]: this.options.signer.signSelf() },
      body: { events },
    });
    return body.have;
  }

  private remember(stream: string, version: number): void {
    this.told.delete(stream);
    this.told.set(stream, version);
    if (this.told.size > MOST_REMEMBERED) {
      const oldest = this.told.keys().next();
      if (!oldest.done) this.told.delete(oldest.value);
    }
  }
}
