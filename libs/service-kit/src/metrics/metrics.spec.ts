import { freePorts } from '../../../../tools/free-ports.mjs';
import { logger } from '../logging/logger.js';
import { closeMetrics, serveMetrics } from './metrics-server.js';
import { Metrics } from './metrics.js';

const line = (text: string, start: string): string | undefined => text.split('\n').find((one) => one.startsWith(start));

describe('metrics', () => {
  it('counts requests by route template, method and status, with their latency in buckets', async () => {
    const metrics = new Metrics('catalog');
    metrics.requests.observe('GET', '/v2/images/:id', 200, 0.002);
    metrics.requests.observe('GET', '/v2/images/:id', 200, 0.3);
    metrics.requests.observe('GET', '/v2/images/:id', 404, 0.0001);
    const text = await metrics.text();
    const labels = 'method="GET",route="/v2/images/{id}",status="200"';
    const name = 'cloud_images_http_request_duration_seconds';
    expect(text).toContain(`${name}_bucket{${labels},le="0.001",service="catalog"} 0`);
    expect(text).toContain(`${name}_bucket{${labels},le="0.0025",service="catalog"} 1`);
    expect(text).toContain(`${name}_bucket{${labels},le="+Inf",service="catalog"} 2`);
    expect(text).toContain(`${name}_count{${labels},service="catalog"} 2`);
    expect(text).toContain(`${name}_sum{${labels},service="catalog"} 0.302`);
    expect(text).toContain(`# TYPE ${name} histogram`);
  });

  it('puts methods that nobody has heard of under one name', async () => {
    const metrics = new Metrics('gateway');
    for (const method of ['MKCOL', 'LOCK', 'PURGE']) metrics.requests.observe(method, '(unknown)', 404, 0.001);
    const text = await metrics.text();
    expect(text).toContain('_count{method="other",route="(unknown)",status="404",service="gateway"} 3');
    expect(text).not.toMatch(/MKCOL|LOCK|PURGE/);
  });

  it('reads gauges at each scrape and leaves out what has no value now', async () => {
    const metrics = new Metrics('catalog');
    let age: number | undefined = 3;
    metrics.add({
      name: 'log',
      gauges: { cloud_images_a: 'One.', cloud_images_b: 'Another.' },
      read: () => ({ cloud_images_a: 1, ...(age === undefined ? {} : { cloud_images_b: age }) }),
    });
    expect(await metrics.text()).toContain('cloud_images_b{service="catalog"} 3');
    age = undefined;
    const text = await metrics.text();
    expect(text).toContain('cloud_images_a{service="catalog"} 1');
    expect(line(text, 'cloud_images_b{')).toBeUndefined();
  });

  it('tells the others when one source fails or hangs, and does not ask the hanging one again meanwhile', async () => {
    const metrics = new Metrics('catalog');
    let asked = 0;
    const gauges = (name: string) => ({ name, gauges: { [`cloud_images_${name}`]: 'A number.' } });
    metrics.add({ ...gauges('good'), read: () => ({ cloud_images_good: 7 }) });
    metrics.add({ ...gauges('bad'), read: () => Promise.reject(new Error('the database is away')) });
    metrics.add({ ...gauges('hanging'), read: () => new Promise<never>(() => (asked += 1)) });
    for (let scrape = 0; scrape < 2; scrape += 1) {
      const text = await metrics.text();
      expect(text).toContain('cloud_images_good{service="catalog"} 7');
      expect(text).toContain('cloud_images_collector_up{collector="bad",service="catalog"} 0');
      expect(text).toContain('cloud_images_collector_up{collector="hanging",service="catalog"} 0');
      expect(text).toContain('cloud_images_collector_up{collector="good",service="catalog"} 1');
      expect(text).not.toMatch(/the database is away|^cloud_images_(bad|hanging)\{/m);
    }
    expect(asked).toBe(1);
  });

  it('serves /metrics and nothing else on a listener of its own, with process metrics', async () => {
    const [port] = (await freePorts(1)) as [number];
    const server = await serveMetrics({
      metrics: new Metrics('catalog'),
      host: '127.0.0.1',
      port,
      log: logger('test', 'silent'),
    });
    const get = (path: string, method = 'GET') => fetch(`http://127.0.0.1:${port}${path}`, { method });
    const answer = await get('/metrics');
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, expect.stringMatching(/^text\/plain/)]);
    const text = await answer.text();
    expect(text).toMatch(/^cloud_images_process_cpu_seconds_total\{service="catalog"\} /m);
    expect(text).toMatch(/^cloud_images_nodejs_eventloop_lag_p99_seconds\{service="catalog"\} /m);
    expect((await get('/healthz')).status).toBe(404);
    expect((await get('/metrics', 'POST')).status).toBe(405);
    await closeMetrics(server);
  });

  it('costs a request little', () => {
    const { requests } = new Metrics('catalog');
    const rounds = 200_000;
    const best = Math.min(
      ...Array.from({ length: 5 }, () => {
        const started = performance.now();
        for (let at = 0; at < rounds; at++) requests.observe('GET', '/v2/images/:id', 200, 0.004);
        return ((performance.now() - started) * 1e6) / rounds;
      }),
    );
    // About 35 ns; the bound is for a busy machine.
    expect(best).toBeLessThan(2_000);
  });
});
