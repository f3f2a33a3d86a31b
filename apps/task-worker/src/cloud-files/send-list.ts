import type { FastifyReply } from 'fastify';

/** As JSON, or as names line by line: then an empty list is a 204 without a body. */
export function sendList(reply: FastifyReply, json: boolean, entries: object[], names: string[]): void {
  if (json) reply.code(200).header('content-type', 'application/json; charset=utf-8').send(JSON.stringify(entries));
  else if (names.length === 0) reply.code(204).header('content-type', 'text/plain; charset=utf-8').send();
  else {
    const text = names.map((name) => `${name}\n`).join('');
    reply.code(200).header('content-type', 'text/plain; charset=utf-8').send(text);
  }
}
