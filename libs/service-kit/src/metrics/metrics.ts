import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import { CollectedGauges, type GaugeSource } from './gauge-source.js';
import { RequestDurations } from './request-durations.js';

const prefix = 'cloud_images_';
const collectorTimeoutMs = 1_000;

/** What one service tells of itself, in Prometheus' text format. */
export class Metrics {
  /** Of every request, whether or not somebody reads the metrics. */
  readonly requests = new RequestDurations();
  private readonly registry = new Registry();
  private readonly sources: CollectedGauges[] = [];
  private readonly up: Gauge<'collector'>;
  private scraping: Promise<string> | null = null;

  constructor(service: string) {
    this.registry.setDefaultLabels({ service });
    this.registry.registerMetric(this.requests as never);
    this.up = new Gauge({
      name: `${prefix}collector_up`,
      help: '0 when a source of gauges failed or did not answer in time; its gauges are then left out.',
      labelNames: ['collector'],
      registers: [this.registry],
    });
  }

  /** Read at every scrape, with a time limit; a source that fails is left out and told by `cloud_images_collector_up`. */
  add<Name extends string>(source: GaugeSource<Name>): void {
    this.sources.push(new CollectedGauges(source as GaugeSource, this.registry, this.up));
  }

  counter<Label extends string>(name: string, help: string, labelNames: readonly Label[]): Counter<Label> {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }

  /** CPU, memory, handles, garbage collection, event loop lag. Costs a timer, so only when somebody can see it. */
  watchProcess(): void {
    collectDefaultMetrics({ register: this.registry, prefix });
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  /** Who asks while an answer is being made gets that one. */
  text(): Promise<string> {
    this.scraping ??= this.scrape().finally(() => (this.scraping = null));
    return this.scraping;
  }

  private async scrape(): Promise<string> {
    await Promise.all(this.sources.map((source) => source.refresh(collectorTimeoutMs)));
    return this.registry.metrics();
  }
}
