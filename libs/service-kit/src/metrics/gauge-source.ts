import { Gauge, type Registry } from 'prom-client';

/** Numbers that are read when somebody asks for them, several at a time because one question answers several. */
export interface GaugeSource<Name extends string = string> {
  /** For `cloud_images_collector_up`. */
  readonly name: string;
  /** Metric → what it says, with its unit. Names begin with `cloud_images_`. */
  readonly gauges: Readonly<Record<Name, string>>;
  /** Of every sample; sources that share a metric name the same labels. */
  readonly labels?: Readonly<Record<string, string>>;
  /** A metric that is left out has no value now. */
  read(): Promise<Readonly<Partial<Record<Name, number>>>> | Readonly<Partial<Record<Name, number>>>;
}

/** One source in a registry: after `refresh` its gauges show what it said, or nothing. */
export class CollectedGauges {
  private readonly gauges: ReadonlyMap<string, Gauge>;
  private reading: Promise<void> | null = null;

  constructor(
    private readonly source: GaugeSource,
    registry: Registry,
    private readonly up: Gauge,
  ) {
    const labelNames = Object.keys(source.labels ?? {});
    this.gauges = new Map(
      Object.entries(source.gauges).map(([name, help]) => [
        name,
        (registry.getSingleMetric(name) as Gauge | undefined) ??
          new Gauge({ name, help, labelNames, registers: [registry] }),
      ]),
    );
  }

  /** Resolves within `timeoutMs` whatever the source does; one that hangs is not asked a second time meanwhile. */
  async refresh(timeoutMs: number): Promise<void> {
    const late = this.reading !== null || !(await within(timeoutMs, this.begin()));
    if (late) this.fail();
  }

  private begin(): Promise<void> {
    this.reading = this.read().finally(() => (this.reading = null));
    return this.reading;
  }

  private async read(): Promise<void> {
    try {
      const values = await this.source.read();
      for (const [name, gauge] of this.gauges) this.show(gauge, values[name]);
      this.up.set({ collector: this.source.name }, 1);
    } catch {
      this.fail();
    }
  }

  /** No number is better than an old one that looks like a new one. */
  private fail(): void {
    for (const gauge of this.gauges.values()) this.show(gauge, undefined);
    this.up.set({ collector: this.source.name }, 0);
  }

  private show(gauge: Gauge, value: number | undefined): void {
    const labels = this.source.labels ?? {};
    if (value === undefined || !Number.isFinite(value)) gauge.remove(labels);
    else gauge.set(labels, value);
  }
}

async function within(ms: number, work: Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => (timer = setTimeout(resolve, ms, false)));
  const inTime = await Promise.race([work.then(() => true), late]);
  clearTimeout(timer);
  return inTime;
}
