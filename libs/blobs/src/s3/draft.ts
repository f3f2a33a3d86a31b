import { randomUUID } from 'node:crypto';
import { BlobNotFound } from '../port.js';
import type { S3Connection } from './connection.js';
import { failureOf, failureOfAnswer, S3Failure } from './failure.js';
import { look, markHeader } from './look.js';
import { persistently } from './persistently.js';

/** An open multipart upload: what a write is until it is committed. Its id is what fences a writer that was given up. */
export interface Draft {
  readonly key: string;
  readonly uploadId: string;
  readonly mark: string;
  /** An answer was lost while it was opened: there may be another one of this key, which nobody else knows of. */
  readonly hasTwin: boolean;
}

export async function openDraft(on: S3Connection, key: string): Promise<Draft> {
  const mark = randomUUID();
  const headers = {
    'content-type': 'application/octet-stream',
    [markHeader]: mark,
    ...(on.options.encryption === 'sse-s3' ? { 'x-amz-server-side-encryption': 'AES256' } : {}),
  };
  let tries = 0;
  const uploadId = await persistently(on, () => {
    tries += 1;
    return on.signer.initiateNewMultipartUpload(on.bucket, key, headers);
  });
  return { key, uploadId, mark, hasTwin: tries > 1 };
}

/** Returns the part's ETag. Throws `BlobNotFound` when the draft was removed meanwhile. */
export async function putPart(
  on: S3Connection,
  { key, uploadId }: Draft,
  part: { readonly number: number; readonly body: Buffer; readonly wanted: () => boolean },
): Promise<string> {
  const query = `partNumber=${part.number}&uploadId=${encodeURIComponent(uploadId)}`;
  const headers = { 'content-length': String(part.body.length) };
  try {
    const send = () => on.call({ method: 'PUT', key, query, headers, body: part.body });
    const answer = await persistently(on, send, part.wanted);
    return String(answer.headers['etag']);
  } catch (error) {
    throw removed(error) ? new BlobNotFound('this write was removed as unfinished') : error;
  }
}

export interface Copied {
  /** From 1. */
  readonly number: number;
  /** The key of another object, which the store reads itself. */
  readonly from: string;
  readonly start: number;
  /** Inclusive. */
  readonly end: number;
  /** All of it: of a small object no store is asked for a range. */
  readonly whole: boolean;
}

/** The same with bytes of another object. */
export async function copyPart(on: S3Connection, { key, uploadId }: Draft, part: Copied): Promise<string> {
  const { number, from, start, end, whole } = part;
  const headers = {
    'x-amz-copy-source': `/${on.bucket}/${from}`,
    ...(whole ? {} : { 'x-amz-copy-source-range': `bytes=${start}-${end}` }),
  };
  const query = `partNumber=${number}&uploadId=${encodeURIComponent(uploadId)}`;
  try {
    return await persistently(on, async () => etagIn(await on.signer.put(key, query, headers)));
  } catch (error) {
    throw removed(error) ? new BlobNotFound('this write was removed as unfinished') : error;
  }
}

/** A store that takes its time begins with a 200, and may end with an error all the same, or not at all. */
function etagIn(text: string): string {
  if (text.includes('<Error>')) throw failureOfAnswer(500, text);
  const etag = /<ETag>(?:"|&quot;|&#34;)?([^<"&]+)/.exec(text)?.[1];
  if (etag === undefined || !text.includes('</CopyPartResult>')) throw new S3Failure('half an answer');
  return etag;
}

/** Removes the draft and its parts. None of its parts may be on its way any more: it could land after this. */
export async function removeDraft(on: S3Connection, { key, uploadId }: Pick<Draft, 'key' | 'uploadId'>): Promise<void> {
  try {
    await persistently(on, () => on.signer.abortMultipartUpload(on.bucket, key, encodeURIComponent(uploadId)));
  } catch (error) {
    if (!removed(error)) throw error;
  }
}

/** Removes what a draft became, when it is still that. */
export async function removePublished(on: S3Connection, { key, mark }: Draft): Promise<void> {
  const seen = await look(on, key);
  if (seen?.mark === mark) await persistently(on, () => on.call({ method: 'DELETE', key }));
}

export const removed = (error: unknown): boolean => failureOf(error).code === 'NoSuchUpload';
