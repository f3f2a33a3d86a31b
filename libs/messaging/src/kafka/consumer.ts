import { setTimeout as sleep } from 'node:timers/promises';
import type { Consumer, ConsumerOptions } from '../port.js';
import { within, type KafkaConnectionOptions } from './connection.js';
import { DeadLetters } from './dead-letters.js';
import type { OwnedPartition } from './owned-partition.js';
import type { ParkedLetters } from './parked-letters.js';
import { Session, type Timing } from './session.js';
import type { Topics } from './topics.js';

export interface KafkaConsumerParts {
  readonly connection: KafkaConnectionOptions;
  readonly topics: Topics;
  readonly timing: Timing;
  readonly onTrouble: (error: unknown) => void;
}

/** One member of a group, session after session, until it is stopped. */
export class KafkaConsumer implements Consumer {
  private readonly stopping = new AbortController();
  private readonly owners = new Map<string, OwnedPartition>();
  private readonly running: Promise<void>;
  private patienceMs = 10_000;
  /** The dead letters of the group as this member follows them; null between sessions. */
  parked: ParkedLetters | null = null;

  constructor(
    private readonly parts: KafkaConsumerParts,
    private readonly options: ConsumerOptions,
  ) {
    this.running = this.run();
  }

  get group(): string {
    return this.options.group;
  }

  async stop(timeoutMs = 10_000): Promise<void> {
    this.patienceMs = timeoutMs;
    this.stopping.abort();
    await within(timeoutMs, this.running);
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    for (let failures = 0; !signal.aborted;) {
      try {
        await this.session(() => (failures = 0));
      } catch (error) {
        failures += 1;
        this.parts.onTrouble(error);
        const wait = Math.min(50 * 2 ** failures, 5_000) * (0.5 + Math.random());
        await sleep(wait, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  private async session(healthy: () => void): Promise<void> {
    const { connection, topics, timing } = this.parts;
    const { options, owners } = this;
    // A topic that is gone is made again, if this process made sure of it before.
    for (const topic of options.topics) await topics.ends(topic);
    const letters = await DeadLetters.open(options.group, topics, connection);
    this.parked = letters.parked;
    try {
      const session = new Session({ connection, options, topics, letters, timing, owners, healthy });
      await session.run(this.stopping.signal, () => this.patienceMs);
    } finally {
      this.parked = null;
      await letters.close();
    }
  }
}
