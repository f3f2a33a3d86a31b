import type { Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { Refusal } from '@cloud-images/contracts';
import { newRequestId, renderRefusal } from '@cloud-images/service-kit';

/** Answers, in the same shape as everything else, what is too broken to become a request. */
export function answerClientErrors(server: Server): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => answer(socket, refusalFor(error)));
  server.on('connect', (_request, socket) =>
    answer(socket, new Refusal('method-not-allowed', 'The method CONNECT is not allowed.', { allow: 'GET' })),
  );
}

function refusalFor({ code }: NodeJS.ErrnoException): Refusal | null {
  if (code === 'HPE_HEADER_OVERFLOW') return new Refusal('header-too-large', 'The headers are too large.');
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new Refusal('bad-request', 'The request did not arrive in time.');
  return code?.startsWith('HPE_') ? new Refusal('bad-request', 'This is not a valid HTTP request.') : null;
}

function answer(socket: Duplex & { _httpMessage?: unknown }, refusal: Refusal | null): void {
  // A second answer amid a first one would be read as part of it.
  if (refusal === null || !socket.writable || socket._httpMessage) {
    socket.destroy();
    return;
  }
  const { status, headers, body } = renderRefusal(refusal, newRequestId(), undefined);
  const lines = Object.entries({ ...headers, 'content-length': String(Buffer.byteLength(body)), connection: 'close' });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  socket.end(`HTTP/1.1 ${status} ${refusal.code}\r\n${head}\r\n${body}`);
}
