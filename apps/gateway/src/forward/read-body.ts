import { Transform, type Readable } from 'node:stream';
import { Refusal } from '@cloud-images/contracts';
import type { Exchange } from '../edge/exchange.js';

/** Bodies up to here are taken in whole before a connection to a service is used for them. */
const takenWhole = 64 * 1024;
const deadlineMs = 120_000;

/** The body of a JSON request: whole when it is small, else as a stream that ends in an error above the limit. */
export async function readBody(exchange: Exchange, limit: number): Promise<Buffer | Readable | null> {
  const { req } = exchange;
  const length = exchange.bodyLength;
  if (length === 0) return null;
  if (length !== null && length > limit) throw tooLarge(limit);
  exchange.letBodyCome();
  const timer = setTimeout(() => req.destroy(), deadlineMs);
  req.once('close', () => clearTimeout(timer));
  if (length !== null && length <= takenWhole) return whole(req, length);
  return limited(req, limit);
}

async function whole(req: Readable, length: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  return new Promise((resolve, reject) => {
    req
      .on('data', (chunk: Buffer) => chunks.push(chunk))
      .once('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, length)))
      .once('error', reject)
      .once('close', () => {
        if (!req.readableEnded) reject(new Refusal('bad-request', 'The body ended before its announced length.'));
      });
  });
}

function limited(req: Readable, limit: number): Readable {
  let taken = 0;
  const counter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      taken += chunk.length;
      done(taken > limit ? tooLarge(limit) : null, chunk);
    },
  });
  req.once('error', (error) => counter.destroy(error));
  req.once('close', () => {
    if (!req.readableEnded) counter.destroy(new Refusal('bad-request', 'The body ended before its time.'));
  });
  return req.pipe(counter);
}

const tooLarge = (limit: number): Refusal => new Refusal('body-too-large', `A body may have at most ${limit} bytes.`);
