import type { Refusal } from '@cloud-images/contracts';
import { renderRefusal } from '@cloud-images/service-kit';
import type { Exchange } from './exchange.js';

/** A rest of a body up to here is read and dropped, so that the connection can be used again. */
const worthReading = 256 * 1024;
/** Clients that send first and read then must get to see the answer: for so long their data is read and dropped. */
const lingerMs = 10_000;

/** Answers with a refusal, whatever of the body is still to come. */
export function refuse(exchange: Exchange, refusal: Refusal): void {
  const { req, res } = exchange;
  if (res.headersSent || res.destroyed) {
    res.destroy();
    return;
  }
  const { status, headers, body } = renderRefusal(refusal, exchange.requestId, exchange.accept);
  const all = { ...headers, 'content-length': String(Buffer.byteLength(body)) };
  const rest = req.complete ? 0 : (exchange.bodyLength ?? Infinity);
  if (exchange.awaitsContinue) {
    // The body was never asked for; the client may send it nevertheless, and it must not be taken for a request.
    res.writeHead(status, { ...all, connection: 'close' }).end(body);
  } else if (rest <= worthReading) {
    res.writeHead(status, all).end(body);
  } else {
    res.writeHead(status, { ...all, connection: 'close' });
    if (req.method === 'HEAD') res.flushHeaders();
    else res.write(body);
    linger(exchange);
  }
}

/** Closing with unread data would reset the connection, and with it the answer on its way. */
function linger({ req, res }: Exchange): void {
  const end = () => {
    clearTimeout(timer);
    res.end();
  };
  const timer = setTimeout(end, lingerMs);
  req.once('end', end).once('close', end);
  req.on('error', end);
  req.resume();
}
