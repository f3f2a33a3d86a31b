import type { Metrics } from '@cloud-images/service-kit';
import type { Exchange } from './exchange.js';

/** As nginx has it: the client left before it was answered. */
const clientLeft = 499;

/** Counts a request when it is over, by the template of its route: paths are as many as clients like. */
export function countRequest(exchange: Exchange, durations: Metrics['requests']): void {
  const { req, res } = exchange;
  const started = performance.now();
  res.once('close', () => {
    const status = res.headersSent ? res.statusCode : clientLeft;
    durations.observe(req.method ?? '', exchange.route, status, (performance.now() - started) / 1_000);
  });
}
