import { setTimeout as sleep } from 'node:timers/promises';
import { topicOf } from '@cloud-images/contracts';
import {
  assertDurable,
  assertOwnLog,
  createAppender,
  createPostgresEventStore,
  logGauges,
  logReader,
  poolExecutor,
  poolGauges,
  requestContextReader,
  startForgetting,
  startRelay,
} from '@cloud-images/event-store';
import { busOptions, createMessageBus, patientPublisher, tracedBus } from '@cloud-images/messaging';
import { assertSchemaVersion, type Logger, type Metrics, type Tracing } from '@cloud-images/service-kit';
import type { GatewayConfig } from '../config.js';
import { migrations } from '../migrations/index.js';

const topic = topicOf.security;
const LOOK_MS = 5_000;
/** SQLSTATEs: a wrong password, no such role or database. That does not get better by itself. */
const refused = /^(?:28|3D)/;

/** The gateway's database: its log and what belongs to it. */
export class SecurityStore {
  private readonly store;
  readonly sql;
  readonly appender;
  readonly readLog;
  readonly readContexts;
  private readonly bus;
  private readonly publisher;
  private readonly stopping = new AbortController();
  private opening: Promise<void> | null = null;
  private readonly running: { stop(): Promise<void> }[] = [];

  constructor(
    private readonly name: string,
    private readonly config: GatewayConfig,
    private readonly log: Logger,
    tracing: Tracing | null,
  ) {
    const { databaseUrl: connectionString, databasePoolSize: max, kafkaPartitions } = config;
    this.store = createPostgresEventStore({ connectionString, applicationName: name, max });
    this.sql = poolExecutor(this.store.pool);
    this.appender = createAppender(this.store, this.sql);
    this.readLog = logReader(this.store.pool, topic);
    this.readContexts = requestContextReader(this.store.pool);
    const onTrouble = (error: unknown) => log.warn({ err: error }, 'the bus is away; what needs it tries again');
    this.bus = tracedBus(createMessageBus(busOptions(config, name, onTrouble)), tracing);
    this.publisher = patientPublisher(this.bus, topic, kafkaPartitions);
  }

  get pool() {
    return this.store.pool;
  }

  /**
   * Looks at the database, then calls `opened` and relays. Where it is not what it must be, this throws; where it is away,
   * requests don't wait for it: it is looked for until it is there.
   */
  async open(opened: () => void): Promise<void> {
    try {
      await this.store.pool.query('SELECT 1');
    } catch (error) {
      if (refused.test((error as { code?: string }).code ?? '')) throw error;
      this.log.warn({ err: error }, 'the database of the security log is away; its events wait');
      this.opening = this.openLater(opened);
      return;
    }
    await this.begin(opened);
  }

  addGauges(metrics: Metrics): void {
    metrics.add(poolGauges(this.store.pool));
    metrics.add(logGauges(this.store.pool, topic));
  }

  async close(): Promise<void> {
    this.stopping.abort();
    await this.opening;
    await Promise.all(this.running.map((one) => one.stop()));
    await this.publisher.close();
    await Promise.all([this.bus.close(), this.store.close()]);
  }

  private async openLater(opened: () => void): Promise<void> {
    const { signal } = this.stopping;
    for (;;) {
      await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      try {
        return await this.begin(opened);
      } catch (error) {
        this.log.warn({ err: error }, 'the security log can not be opened; its events wait');
      }
    }
  }

  private async begin(opened: () => void): Promise<void> {
    const { log, config, name, store } = this;
    await assertDurable(store.pool);
    await assertSchemaVersion(store.pool, migrations());
    await assertOwnLog(store.pool);
    this.running.push(
      startForgetting({
        pool: store.pool,
        days: config.requestContextDays,
        onForgotten: (contexts) =>
          log.info({ event: 'contexts-forgotten', contexts }, 'contexts of requests were removed'),
        onError: (error) => log.warn({ err: error }, 'contexts of requests could not be removed; it is tried again'),
      }),
      startRelay({
        connectionString: config.databaseUrl,
        applicationName: name,
        publisher: this.publisher,
        topic,
        onError: (error) => log.warn({ err: error }, 'the relay could not go on; it tries again'),
        onRewind: (of) => log.warn({ event: 'topic-rewound', topic: of }, 'the topic lost events; it is filled again'),
      }),
    );
    opened();
  }
}
