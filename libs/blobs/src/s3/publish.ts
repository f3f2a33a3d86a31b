import { setTimeout as sleep } from 'node:timers/promises';
import { BlobExists, BlobNotFound, BlobStoreUnavailable } from '../port.js';
import type { S3Connection } from './connection.js';
import { removed, type Draft } from './draft.js';
import { failureOf, failureOfAnswer, S3Failure } from './failure.js';
import { look, type Seen } from './look.js';

/** The key was taken; or another write of it was being completed at that moment. */
const taken = new Set(['PreconditionFailed', 'ConditionalRequestConflict']);

/**
 * Makes the parts of a draft the blob, in one step of the store's. What the store answered, or that its answer was lost,
 * decides nothing: what stands at the key afterwards does.
 */
export async function publish(on: S3Connection, draft: Draft, etags: readonly string[]): Promise<Seen> {
  let failure: S3Failure | null = null;
  for (const pause of [...on.pausesMs, null]) {
    failure = await complete(on, draft, etags);
    const seen = await look(on, draft.key);
    if (seen?.mark === draft.mark) return seen;
    if (seen !== null || (failure !== null && taken.has(failure.code))) throw new BlobExists('this key is taken');
    if (failure === null) break;
    if (removed(failure)) throw new BlobNotFound('this write was removed as unfinished');
    if (!failure.fleeting) throw failure;
    if (pause !== null) await sleep(pause);
  }
  throw failure ?? new BlobStoreUnavailable('what was written is not there');
}

async function complete(on: S3Connection, draft: Draft, etags: readonly string[]): Promise<S3Failure | null> {
  const query = `uploadId=${encodeURIComponent(draft.uploadId)}`;
  const headers = { 'content-type': 'application/xml', 'if-none-match': '*' };
  try {
    const { text } = await on.call({ method: 'POST', key: draft.key, query, headers, body: xmlOf(etags) });
    // A store that takes its time begins with a 200, and may end with an error all the same, or not at all.
    if (text.includes('<Error>')) return failureOfAnswer(500, text);
    return text.includes('</CompleteMultipartUploadResult>') ? null : new S3Failure('half an answer');
  } catch (error) {
    return failureOf(error);
  }
}

function xmlOf(etags: readonly string[]): string {
  const parts = etags.map((etag, at) => `<Part><PartNumber>${at + 1}</PartNumber><ETag>${escaped(etag)}</ETag></Part>`);
  const namespace = 'http://s3.amazonaws.com/doc/2006-03-01/';
  return `<CompleteMultipartUpload xmlns="${namespace}">${parts.join('')}</CompleteMultipartUpload>`;
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
