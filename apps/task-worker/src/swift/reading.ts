import { Readable } from 'node:stream';
import { ServiceUnavailable } from '@cloud-images/service-kit';
import { listed } from './listing.js';
import { swiftPath } from './object-path.js';
import type { SwiftClient } from './swift-client.js';

/** What is read in one call. */
export interface Stretch {
  readonly path: string;
  /** bytes */
  readonly size: number;
  /** Without quotes; empty: whatever it is. */
  readonly etag: string;
}

/** A VHD of 40 GiB in segments of 4 MiB, and half as many again. */
const mostSegments = 16_000;

/**
 * The segments that a dynamic large object has now; null where some are no plain objects of this project. Swift itself
 * would put them together without saying where each was found, and follow links on the way: we read them one by one.
 * `manifest`: X-Object-Manifest, `container/prefix`, percent-encoded; always in the object's own account.
 */
export async function segmentsOf(client: SwiftClient, project: string, manifest: string): Promise<Stretch[] | null> {
  const [, container = '', prefix = ''] = /^([^/]+)\/(.*)$/su.exec(decoded(manifest)) ?? [];
  const place = swiftPath(project, container);
  if (place === null) return null;
  const segments: Stretch[] = [];
  for await (const { name, bytes, hash, symlink_path: link, slo_etag: ofOthers } of listed(client, place, prefix)) {
    const path = swiftPath(project, container, name);
    if (path === null || link !== undefined || ofOthers !== undefined || segments.length === mostSegments) return null;
    segments.push({ path: `${path}?multipart-manifest=get`, size: bytes, etag: hash });
  }
  return segments;
}

/** The very objects that were found, or `ServiceUnavailable`: whoever tries again finds what is there then. */
export async function openAll(client: SwiftClient, [first, ...others]: readonly Stretch[]): Promise<Readable> {
  const begun = first && (await open(client, first));
  async function* all(): AsyncGenerator<Buffer> {
    if (begun !== undefined) yield* whole(begun);
    for (const stretch of others) yield* whole(await open(client, stretch));
  }
  return Readable.from(all(), { objectMode: false, highWaterMark: 1024 ** 2 }).once('close', () => begun?.destroy());
}

async function open(client: SwiftClient, { path, size, etag }: Stretch): Promise<Readable> {
  const match: Record<string, string> = etag === '' ? {} : { 'if-match': `"${etag}"` };
  const { status, headers, body } = await client.read({ method: 'GET', path, headers: match });
  if (status !== 200 || headers['content-length'] !== String(size)) {
    body.destroy();
    throw new ServiceUnavailable(`the object was changed after it was found (${status})`);
  }
  return body;
}

async function* whole(body: Readable): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) yield chunk;
  } catch (error) {
    const { name, code } = error as NodeJS.ErrnoException;
    throw new ServiceUnavailable(`Swift broke off amid an object (${code ?? name})`);
  } finally {
    body.destroy();
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}
