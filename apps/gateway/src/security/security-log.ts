import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { securityStream } from '@cloud-images/contracts';
import { StoreUnavailable, VersionConflict, type Appender, type Fact } from '@cloud-images/event-store';
import type { Logger } from '@cloud-images/service-kit';
import type { Aggregator } from './aggregator.js';
import { Forgotten } from './forgotten.js';
import { impersonal, usersOf, type Observation } from './observation.js';
import { forgetPerson, type Summary } from './tally.js';

export interface SecurityLogParts {
  readonly aggregator: Aggregator;
  readonly appender: Appender;
  /** Events a second that are written at most; those beyond wait, and gather. */
  readonly eventsPerSecond: number;
  readonly log: Logger;
}

const TICK_MS = 200;
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 10_000;
const LAST_FLUSH_MS = 3_000;

/** An event under way into the log: tried again as the same one. */
interface Underway {
  readonly stream: string;
  readonly summary: Summary;
  readonly fact: Fact;
}

/**
 * Who was refused, who read what: from requests into the gateway's log. `observe` takes no time and never fails; what
 * the database does not take waits in the aggregator, within its bounds.
 */
export class SecurityLog {
  /** Observations that went with this process, or that the database does not take. */
  lost = 0;
  private underway: Underway[] = [];
  private readonly forgotten = new Forgotten();
  private readonly stopping = new AbortController();
  private running: Promise<void> | null = null;

  constructor(private readonly parts: SecurityLogParts) {}

  get waiting(): number {
    return this.parts.aggregator.waiting + this.underway.length;
  }

  get folded(): number {
    return this.parts.aggregator.foldedCount;
  }

  /** `begunAt`: when the request began, by `performance.now()`. */
  observe(observation: Observation, begunAt: number): void {
    const isForgotten = usersOf(observation).some((user) => this.forgotten.covers(user, begunAt));
    this.parts.aggregator.observe(isForgotten ? impersonal(observation) : observation);
  }

  /** Takes out of what waits what names a user, and leaves it out where a request that began already ends later. */
  forget(userId: string): void {
    this.forgotten.add(userId);
    this.parts.aggregator.forget(userId);
    for (const { summary } of this.underway) forgetPerson(summary, userId);
  }

  /** From now on what is due is written; before, it waits. */
  start(): void {
    this.running ??= this.loop();
  }

  /** Writes what waits, in a few seconds; what it can't is told. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
    const wasRunning = this.running !== null;
    this.underway.push(...this.parts.aggregator.takeAll().map(toFact));
    const end = Date.now() + LAST_FLUSH_MS;
    try {
      while (wasRunning && this.underway.length > 0 && Date.now() < end) await this.writeSome();
    } catch (error) {
      this.parts.log.warn({ err: error }, 'security events could not be written at the end');
    }
    this.lost += this.underway.reduce((sum, { summary }) => sum + summary.event.data.count, 0);
    this.underway = [];
    if (this.lost > 0)
      this.parts.log.warn({ event: 'security-lost', observations: this.lost }, 'observations were lost');
  }

  private async loop(): Promise<void> {
    const { signal } = this.stopping;
    let failures = 0;
    for (let allowed = 0; !signal.aborted;) {
      allowed = Math.min(allowed + (this.parts.eventsPerSecond * TICK_MS) / 1_000, this.parts.eventsPerSecond);
      if (this.underway.length === 0) {
        this.underway = this.parts.aggregator.take(Math.floor(allowed)).map(toFact);
        allowed -= this.underway.length;
      }
      try {
        while (this.underway.length > 0 && !signal.aborted) await this.writeSome();
        failures = 0;
      } catch (error) {
        failures += 1;
        this.parts.log.warn({ err: error }, 'security events could not be written; they wait');
      }
      const wait = failures === 0 ? TICK_MS : Math.min(FIRST_RETRY_MS * 2 ** (failures - 1), LONGEST_RETRY_MS);
      await sleep(wait, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Those of one stream, in one transaction; one by one where the database objects to one of them. */
  private async writeSome(): Promise<void> {
    const stream = this.underway[0]?.stream ?? '';
    const together = this.underway.filter((one) => one.stream === stream);
    try {
      await this.write(stream, together);
    } catch (error) {
      if (!isOfAFact(error)) throw error;
      for (const one of together) await this.writeOrDrop(one);
    }
  }

  /** One that is refused would be refused for ever, and hold up all that come after it. */
  private async writeOrDrop(one: Underway): Promise<void> {
    try {
      await this.write(one.stream, [one]);
    } catch (error) {
      if (!isOfAFact(error)) throw error;
      const { type, data } = one.summary.event;
      this.lost += data.count;
      this.underway = this.underway.filter((other) => other !== one);
      // What it says stays out of our own log, and a database's message quotes it.
      this.parts.log.error(
        { event: 'security-refused', type, observations: data.count, code: codeOf(error) },
        'the database does not take a security event: it is dropped',
      );
    }
  }

  private async write(stream: string, those: readonly Underway[]): Promise<void> {
    await this.parts.appender.append(
      stream,
      those.map(({ fact }) => fact),
    );
    this.underway = this.underway.filter((one) => !those.includes(one));
  }
}

const codeOf = (error: unknown): string => String((error as { code?: unknown } | null)?.code ?? 'none');

/** SQLSTATEs that speak of the database: read-only, not ours, without a right or a table, broken. */
const ofDatabase = /^(?:25|28|3D|42|58|XX)...$/;

/** Not away, not a conflict: the same is refused however often it is tried. */
function isOfAFact(error: unknown): boolean {
  return !(error instanceof StoreUnavailable || error instanceof VersionConflict || ofDatabase.test(codeOf(error)));
}

function toFact(summary: Summary): Underway {
  const { event, actor, context } = summary;
  const { request_id, correlation_id } = context;
  return {
    stream: securityStream(actor.project),
    summary,
    fact: { event, event_id: randomUUID(), metadata: { actor, request_id, correlation_id }, context },
  };
}
