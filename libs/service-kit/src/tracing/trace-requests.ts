import { internalHeaders } from '@cloud-images/contracts';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { withSpan, type OpenSpan, type Tracing } from './span.js';

declare module 'fastify' {
  interface FastifyRequest {
    span: OpenSpan | null;
  }
}

/**
 * One span for each request of a verified caller, as part of the trace that the caller's service names: that header comes
 * with an identity which one of ours has signed, never from a client. To be called after the guard's own hook.
 */
export function traceRequests(fastify: FastifyInstance, tracing: Tracing): void {
  fastify.decorateRequest('span', null);
  fastify.addHook('onRequest', (request, _reply, done) => {
    if (request.caller === null) return done();
    request.span = begin(tracing, request);
    withSpan(request.span, done);
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    const { span } = request;
    span?.set('http.response.status_code', reply.statusCode);
    span?.end(reply.statusCode >= 500 ? String(reply.statusCode) : undefined);
    done();
  });
}

function begin(tracing: Tracing, request: FastifyRequest): OpenSpan {
  const route = request.routeOptions.url?.replace(/:(\w+)/g, '{$1}') ?? '(unknown)';
  const sent = request.headers[internalHeaders.traceparent];
  return tracing.start(`${request.method} ${route}`, {
    kind: 'server',
    ...(typeof sent === 'string' ? { parent: sent } : {}),
    attributes: {
      'http.request.method': request.method,
      'http.route': route,
      'cloud_images.request_id': request.requestId,
    },
  });
}
