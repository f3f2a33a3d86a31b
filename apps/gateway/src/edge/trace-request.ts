import { withSpan, type Tracing } from '@cloud-images/service-kit';
import type { Exchange } from './exchange.js';

/**
 * Begins the trace of a request. A client's own trace context is only linked to: as a parent it could decide which of our
 * traces are kept, and write into those of others.
 */
export function traceRequest(exchange: Exchange, tracing: Tracing, work: () => void): void {
  const { req, res } = exchange;
  const method = req.method ?? '';
  const { traceparent } = req.headers;
  const span = tracing.start(method, {
    kind: 'server',
    ...(typeof traceparent === 'string' ? { link: traceparent } : {}),
    attributes: { 'http.request.method': method, 'cloud_images.request_id': exchange.requestId },
  });
  exchange.span = span;
  res.once('close', () => {
    span.rename(`${method} ${exchange.route}`);
    span.set('http.route', exchange.route);
    if (res.headersSent) span.set('http.response.status_code', res.statusCode);
    span.end(res.statusCode >= 500 ? String(res.statusCode) : undefined);
  });
  withSpan(span, work);
}
