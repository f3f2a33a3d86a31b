import type { SwiftClient } from './swift-client.js';

/** Of a container's list, in JSON. */
export interface ListedObject {
  readonly name: string;
  readonly bytes: number;
  /** md5, hex; of a link or a manifest that of what stands in its place. */
  readonly hash: string;
  /** Where a link leads. */
  readonly symlink_path?: string;
  /** A static large object's own. */
  readonly slo_etag?: string;
}

const pageSize = 1_000;

/** By name; none when there is no such container. What is removed meanwhile does no harm. */
export async function* listed(client: SwiftClient, place: string, prefix: string): AsyncGenerator<ListedObject> {
  for (let marker = ''; ;) {
    const query = new URLSearchParams({ format: 'json', limit: String(pageSize), prefix, marker });
    const { status, text } = await client.call({ method: 'GET', path: `${place}?${query.toString()}` });
    if (status === 404 || status === 204) return;
    if (status !== 200) throw new Error(`Swift answered ${status} to a list of segments`);
    const page = JSON.parse(text) as ListedObject[];
    yield* page;
    if (page.length < pageSize) return;
    marker = page.at(-1)!.name;
  }
}
