import { Pool, type Dispatcher } from 'undici';
import { quantile } from './statistics.ts';

export interface Shot {
  readonly method: Dispatcher.HttpMethod;
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

export interface Dose {
  readonly url: string;
  readonly connections: number;
  /** Until this many seconds have passed … */
  readonly seconds?: number;
  /** … or this many requests were sent. */
  readonly requests?: number;
  readonly next: (index: number) => Shot;
}

export interface Outcome {
  readonly requests: number;
  readonly perSecond: number;
  /** Anything but a 2xx with its whole body. */
  readonly failures: number;
  readonly firstFailure: string | null;
  readonly medianMs: number;
  readonly p99Ms: number;
}

/** A closed loop: each connection sends its next request when the last answer is complete. */
export async function apply({
  url,
  connections,
  seconds = Infinity,
  requests = Infinity,
  next,
}: Dose): Promise<Outcome> {
  const pool = new Pool(url, { connections, pipelining: 1 });
  const latencies: number[] = [];
  let sent = 0;
  let failures = 0;
  let firstFailure: string | null = null;
  const begin = performance.now();
  const fail = (why: string) => {
    failures += 1;
    firstFailure ??= why;
  };
  const loop = async () => {
    while (sent < requests && performance.now() - begin < seconds * 1000) {
      const { method, path, headers = {}, body = null } = next(sent++);
      const asked = performance.now();
      try {
        const answer = await pool.request({ method, path, headers, body });
        const text = await answer.body.text();
        if (answer.statusCode < 200 || answer.statusCode > 299) fail(`${method} ${path}: ${answer.statusCode} ${text}`);
      } catch (error) {
        fail(`${method} ${path}: ${(error as Error).message}`);
      }
      latencies.push(performance.now() - asked);
    }
  };
  await Promise.all(Array.from({ length: connections }, loop));
  const elapsed = (performance.now() - begin) / 1000;
  await pool.close();
  return {
    requests: sent,
    perSecond: sent / elapsed,
    failures,
    firstFailure,
    medianMs: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
  };
}
