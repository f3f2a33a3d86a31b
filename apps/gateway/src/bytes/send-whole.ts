import type { BlobStream } from '@cloud-images/blobs';
import type { Pace } from '@cloud-images/image-data';
import type { Logger } from '@cloud-images/service-kit';
import type { Exchange } from '../edge/exchange.js';
import { ReceiverGone, sendStream, type Progress } from './send-stream.js';

/** Sends the body of an answer whose head announced `expected` bytes, and ends it; what breaks off is seen by the client. Returns how far it came. */
export async function sendWhole(
  { res, requestId }: Exchange,
  stream: BlobStream,
  expected: number,
  { pace, log }: { readonly pace: Pace; readonly log: Logger },
): Promise<Progress> {
  const progress = { bytes: 0, finished: false };
  try {
    await sendStream(stream, res, pace, progress);
    if (progress.bytes !== expected) throw new Error(`the store gave ${progress.bytes} of ${expected} bytes`);
    res.end();
    progress.finished = true;
  } catch (error) {
    // Whatever was sent is short of its Content-Length: the client sees that it has not got it all.
    res.destroy();
    if (!(error instanceof ReceiverGone)) log.error({ err: error, request_id: requestId }, 'a download broke off');
  }
  return progress;
}
