import { createServer, type Server, type ServerOptions } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { FastifyServerFactory } from 'fastify';
import { answerClientErrors } from './client-errors.js';
import type { Edge } from './edge.js';
import type { InnerDoor } from './inner-door.js';
import type { TlsFiles } from './tls-files.js';

/** Room for a long URI beside the headers; above it a request is answered with 431. */
const maxHeaderBytes = 64 * 1024;
const maxConnections = 8_192;

const handshakeMs = 10_000;

const options: ServerOptions & { highWaterMark: number } = {
  maxHeaderSize: maxHeaderBytes,
  // Asked for at the edge, where the refusal has a body.
  requireHostHeader: false,
  headersTimeout: 30_000,
  // An upload takes as long as it takes; bodies have rules of pace of their own.
  requestTimeout: 0,
  keepAliveTimeout: 65_000,
  noDelay: true,
  highWaterMark: 256 * 1024,
};

/** The public server: everything passes the edge, what is the gateway's own goes on to Fastify. Our own services come by the inner door. */
export const openServer =
  (edge: Edge, tls: TlsFiles | null, inner: InnerDoor): FastifyServerFactory =>
  (own) => {
    inner.leadsTo(own as never);
    const server = tls === null ? createServer(options) : openTls(tls);
    server.maxConnections = maxConnections;
    server.on('request', (req, res) => edge.handle(req, res, false, own as never));
    server.on('checkContinue', (req, res) => edge.handle(req, res, true, own as never));
    answerClientErrors(server);
    return server;
  };

function openTls(tls: TlsFiles): Server {
  const server = createTlsServer({ ...options, ...tls.settings, handshakeTimeout: handshakeMs });
  tls.keepCurrent(server);
  return server;
}
