import type { FastifyInstance } from 'fastify';
import { Refusal } from '@cloud-images/contracts';
import { isUtf8 } from 'node:buffer';
import { parseJsonBytes } from '../json/parse-json.js';

/**
 * Bodies as handlers get them: `application/json` (or no type at all) parsed, any other type as text, an empty body as
 * `undefined`. What a route accepts is the route's business.
 */
export function readBodies(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) =>
    settle(done, () => (body.length === 0 ? undefined : parseJsonBytes(body as Buffer))),
  );
  fastify.addContentTypeParser('*', { parseAs: 'buffer' }, (request, body, done) =>
    settle(done, () => {
      if (body.length === 0) return undefined;
      const bytes = body as Buffer;
      return request.headers['content-type'] === undefined ? parseJsonBytes(bytes) : text(bytes);
    }),
  );
}

function text(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw new Refusal('invalid-json', 'The body is not valid UTF-8.');
  return bytes.toString('utf8');
}

function settle(done: (error: Error | null, body?: unknown) => void, read: () => unknown): void {
  let body: unknown;
  try {
    body = read();
  } catch (error) {
    return done(error as Error);
  }
  done(null, body);
}
