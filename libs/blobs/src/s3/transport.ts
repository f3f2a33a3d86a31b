import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import https from 'node:https';
import { failureOfAnswer, S3Failure } from './failure.js';

type Answered = (answer: IncomingMessage) => void;

const maxErrorBytes = 64 * 1024;

/**
 * The minio package's way to the network, given what it lacks: a deadline for a whole exchange, and errors that are read
 * to their end, so that their connection can be used again and their code is known whatever the status.
 */
export function transportWithDeadline(secure: boolean, timeoutMs: number): { request: typeof http.request } {
  const request = (options: http.RequestOptions, answered: Answered): ClientRequest => {
    const outgoing = (secure ? https : http).request(options);
    const deadline = setTimeout(() => outgoing.destroy(new S3Failure('timeout')), timeoutMs);
    outgoing.once('close', () => clearTimeout(deadline));
    outgoing.once('response', (answer) => {
      if (answer.statusCode! < 400) return answered(answer);
      return void readError(answer).then((body) => {
        outgoing.emit('error', failureOfAnswer(answer.statusCode!, body));
      });
    });
    return outgoing;
  };
  return { request: request as typeof http.request };
}

async function readError(answer: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let length = 0;
  try {
    for await (const part of answer as AsyncIterable<Buffer>) {
      if (length < maxErrorBytes) parts.push(part);
      length += part.length;
    }
  } catch {
    // Its status says enough.
  }
  return Buffer.concat(parts).toString('utf8');
}
