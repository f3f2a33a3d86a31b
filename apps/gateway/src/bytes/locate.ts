import type { IncomingHttpHeaders } from 'node:http';
import { internalHeaders, type BlobLocator } from '@cloud-images/contracts';
import { ServiceUnavailable } from '@cloud-images/service-kit';
import type { Pool } from 'undici';

/** What the catalog says about a caller's wish for an image's data. */
export type Located =
  | { readonly found: true; readonly locator: BlobLocator }
  | { readonly found: false; readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: Buffer };

/** Asks the catalog, as the caller, where the bytes are. Throws `ServiceUnavailable`. */
export async function locate(catalog: Pool, path: string, headers: string[]): Promise<Located> {
  try {
    const answer = await catalog.request({ method: 'GET', path, headers });
    const body = Buffer.from(await answer.body.arrayBuffer());
    if (answer.statusCode === 401) throw new Error('the catalog did not believe our identity');
    if (answer.statusCode !== 200) return { found: false, status: answer.statusCode, headers: answer.headers, body };
    return { found: true, locator: readLocator(answer.headers[internalHeaders.locator]) };
  } catch (error) {
    throw new ServiceUnavailable('the catalog did not say where the data is', { cause: error });
  }
}

function readLocator(header: string | string[] | undefined): BlobLocator {
  const locator = JSON.parse(String(header)) as BlobLocator;
  const usable =
    (locator.key === null || typeof locator.key === 'string') &&
    Number.isSafeInteger(locator.size) &&
    locator.size >= 0 &&
    typeof locator.checksum === 'string' &&
    typeof locator.os_hash_value === 'string';
  if (!usable) throw new Error('the locator is not usable');
  return locator;
}
