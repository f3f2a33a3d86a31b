import { Refusal } from '@cloud-images/contracts';
import { listed } from './listing.js';
import { swiftPath } from './object-path.js';
import type { SwiftClient } from './swift-client.js';

/** One piece of an object, as a manifest names it. */
export interface Segment {
  readonly path: string;
  /** md5, hex */
  readonly etag: string;
  readonly size_bytes: number;
}

export interface Whose {
  readonly project: string;
  readonly container: string;
  readonly name: string;
  /** The task that makes it. */
  readonly origin: string;
}

const longestContainerName = 256;

/**
 * The segments that a task writes for one object, beside its container as clients of Swift have it:
 * `<container>_segments/<name>/<task>/<run>/<nth>`. Each run has its own, so none writes into what another one lists.
 */
export class SegmentsOfTask {
  private readonly prefix: string;
  private readonly container: string;
  private readonly place: string;

  constructor(
    private readonly client: SwiftClient,
    private readonly whose: Whose,
  ) {
    this.prefix = `${whose.name}/${whose.origin}/`;
    this.container = `${whose.container}_segments`;
    this.place = swiftPath(whose.project, this.container) ?? '';
  }

  /** Throws `Refusal` where there can be no such container. */
  async makePlace(): Promise<void> {
    if (Buffer.byteLength(this.container) > longestContainerName) {
      throw new Refusal('object-too-large', 'The name of the container is too long for an object in segments.');
    }
    const { status } = await this.client.call({ method: 'PUT', path: this.place });
    if (status !== 201 && status !== 202) throw new Error(`Swift answered ${status} to a container for segments`);
  }

  nth(run: string, nth: number): { readonly path: string; readonly named: string } {
    const name = `${this.prefix}${run}/${String(nth).padStart(8, '0')}`;
    const path = swiftPath(this.whose.project, this.container, name) ?? '';
    return { path, named: `/${this.container}/${name}` };
  }

  /** Those of one run, or of all but one. None is left when this returns. */
  async remove({ run = '', except = '' }): Promise<void> {
    const prefix = run === '' ? this.prefix : `${this.prefix}${run}/`;
    for await (const { name } of listed(this.client, this.place, prefix)) {
      if (except === '' || !name.startsWith(`${this.prefix}${except}/`)) await this.removeOne(name);
    }
  }

  private async removeOne(name: string): Promise<void> {
    const path = swiftPath(this.whose.project, this.container, name);
    if (path !== null) await this.client.call({ method: 'DELETE', path });
  }
}
