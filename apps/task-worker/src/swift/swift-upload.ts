import { Refusal } from '@cloud-images/contracts';
import { ServiceUnavailable } from '@cloud-images/service-kit';
import type { SwiftAnswer, SwiftClient, SwiftRequest } from './swift-client.js';

/** Which task made an object; absent when somebody put it there. */
export const originHeader = 'x-object-meta-cloud-images-task';

/** Which of its runs made a manifest. */
export const runHeader = 'x-object-meta-cloud-images-run';

/** As clients compare it: without quotes. */
export const etagOf = ({ etag }: SwiftAnswer['headers']): string => String(etag ?? '').replaceAll('"', '');

export type Outcome = 'created' | 'exists' | 'no container';

export interface SwiftUpload {
  readonly request: SwiftRequest;
  readonly origin: string;
  /** Where the object of another run of the same task is not this one. */
  readonly run?: string;
  /** What Swift must have afterwards; asked for when all was sent. */
  readonly etag: () => string;
  /** Whether all was sent: before that nothing can be there. */
  readonly sent: () => boolean;
}

/** Removes the object when `origin` made it. */
export async function removeIfOf(client: SwiftClient, origin: string, path: string): Promise<boolean> {
  const { status, headers } = await client.call({ method: 'HEAD', path });
  if (status !== 200 || headers[originHeader] !== origin) return false;
  await client.call({ method: 'DELETE', path });
  return true;
}

/**
 * Writes an object and says what it came to. Where no answer came, or one that does not tell, Swift is asked what it
 * has. Throws `ServiceUnavailable`, also when Swift has other data than it was sent: then they are removed; and
 * `Refusal` for what is too large for it.
 */
export async function uploadTo(client: SwiftClient, upload: SwiftUpload): Promise<Outcome> {
  const { request, origin, etag } = upload;
  const path = request.path.replace(/\?.*$/, '');
  const { status, headers } = await client.call(request).catch(async (error: unknown) => {
    const unknown = error instanceof ServiceUnavailable && upload.sent() && !request.signal?.aborted;
    if (unknown && (await holds(client, path, upload).catch(() => false)))
      return { status: 201, headers: { etag: etag() } };
    throw error;
  });
  switch (status) {
    case 201:
      if (etagOf(headers) === etag()) return 'created';
      await removeIfOf(client, origin, path);
      throw new ServiceUnavailable('Swift has other data than it was sent');
    case 412:
      // Also when this very upload was sent twice, the first time without an answer.
      return upload.sent() && (await holds(client, path, upload)) ? 'created' : 'exists';
    case 404:
      return 'no container';
    case 413:
      throw new Refusal('object-too-large', 'The object store does not take an object of this size.');
    default:
      throw new Error(`Swift answered ${status} to an upload`);
  }
}

async function holds(client: SwiftClient, path: string, { origin, run, etag }: SwiftUpload): Promise<boolean> {
  const { status, headers } = await client.call({ method: 'HEAD', path });
  const ours = headers[originHeader] === origin && (run === undefined || headers[runHeader] === run);
  return status === 200 && ours && etagOf(headers) === etag();
}
