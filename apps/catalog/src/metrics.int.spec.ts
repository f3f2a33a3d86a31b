import type { Identity } from '@cloud-images/contracts';
import { freePorts } from '../../../tools/free-ports.mjs';
import { startCatalogProcess, type CatalogProcess } from './testing/catalog-process.js';

const owner: Omit<Identity, 'via'> = { user: 'u1', project: 'p1', roles: ['member'], source: 'embedded' };

describe('the catalog’s metrics', () => {
  let catalog: CatalogProcess;
  let url: string;

  beforeAll(async () => {
    const [port] = (await freePorts(1)) as [number];
    url = `http://127.0.0.1:${port}/metrics`;
    catalog = await startCatalogProcess({ CLOUD_IMAGES_METRICS_PORT: String(port) });
  }, 60_000);
  afterAll(() => catalog.stop(), 60_000);

  const scrape = async (): Promise<ReadonlyMap<string, number>> => {
    const text = await (await fetch(url)).text();
    const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    return new Map(samples.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]));
  };

  it('tell of requests, log, relay, consumer, uploads and pool, and every source of them works', async () => {
    const call = catalog.as(owner);
    const image = { disk_format: 'raw', container_format: 'bare' };
    const { json } = await call('POST', '/v2/images', image);
    expect((await call('GET', `/v2/images/${json.id}`)).status).toBe(200);
    const begun = await call('POST', `/internal/images/${json.id}/begin-upload`, { declared_size: 3 });
    expect(begun.status).toBeLessThan(300);
    let samples = await scrape();
    for (const end = Date.now() + 10_000; samples.get('cloud_images_relay_lag_events{service="catalog"}') !== 0;) {
      if (Date.now() > end) break;
      samples = await scrape();
    }
    const of = (name: string, labels = '') => samples.get(`${name}{${labels}service="catalog"}`);
    const route = 'method="GET",route="/v2/images/{id}",status="200",';
    expect(of('cloud_images_http_request_duration_seconds_count', route)).toBe(1);
    expect(of('cloud_images_log_position')).toBe(2);
    expect(of('cloud_images_relay_number')).toBe(2);
    expect(of('cloud_images_relay_lag_events')).toBe(0);
    expect(of('cloud_images_relay_lag_seconds')).toBe(0);
    expect(of('cloud_images_horizon_age_seconds')).toBeLessThan(5);
    expect(of('cloud_images_uploads_open')).toBe(1);
    expect(of('cloud_images_housekeeping_silent_seconds')).toBeLessThan(60);
    expect(of('cloud_images_consumer_lag_messages', 'group="catalog",')).toBe(0);
    expect(of('cloud_images_consumer_dead_letters', 'group="catalog",')).toBe(0);
    expect(of('cloud_images_postgres_pool_max_connections')).toBe(16);
    expect(of('cloud_images_postgres_pool_connections')).toBeGreaterThan(0);
    expect(of('cloud_images_postgres_pool_waiting')).toBe(0);
    expect(of('cloud_images_nodejs_eventloop_lag_p99_seconds')).toBeGreaterThanOrEqual(0);
    const sources = [...samples].filter(([name]) => name.startsWith('cloud_images_collector_up'));
    expect(sources).toHaveLength(5);
    expect(sources.every(([, up]) => up === 1)).toBe(true);
  }, 30_000);
});
