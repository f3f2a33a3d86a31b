import { setTimeout as sleep } from 'node:timers/promises';
import type { SqlExecutor } from '@cloud-images/event-store';
import type { Logger } from '@cloud-images/service-kit';
import type { Arrival } from '../ledger/arrival.js';
import { nothingYet, type LogPlace } from '../ledger/completeness.js';
import { readProgress } from '../ledger/known.query.js';
import type { Sealer } from '../ledger/sealer.js';
import type { OwnerLogs } from './owner-logs.js';

export interface CatchUpParts {
  readonly sql: SqlExecutor;
  readonly sealer: Sealer;
  readonly logs: Pick<OwnerLogs, 'services' | 'read'>;
  readonly log: Logger;
}

/** Seen at the last look at a service's log. */
interface Look {
  readonly logId: string;
  /** The number of its last event on the bus. */
  readonly head: number;
  readonly completeTo: number;
}

const PAGE = 1_000;
const LOOK_EVERY_MS = 5_000;
/** That far behind, reading the log in pages is cheaper for all than waiting for its messages. */
const FAR_BEHIND = 5_000;

/**
 * Compares what is here of each log, 1..N, with the owner's head, and fetches what the bus did not bring: in the log's
 * own order, from the first number that is missing.
 */
export class CatchUp {
  private readonly looks = new Map<string, Look>();
  private readonly running = new Map<string, Promise<void>>();
  /** Services whose logs are read in pages, because their messages would take longer. */
  private readonly far = new Set<string>();
  private readonly stopping = new AbortController();
  private watching: Promise<void> | null = null;

  constructor(private readonly parts: CatchUpParts) {}

  start(): void {
    this.watching ??= this.watch();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.watching;
    await Promise.allSettled(this.running.values());
  }

  /** Events that services have published and the ledger lacks; undefined while an owner could not be asked. */
  get missing(): number | undefined {
    if (this.looks.size < this.parts.logs.services.length) return undefined;
    return [...this.looks.values()].reduce((sum, { head, completeTo }) => sum + Math.max(head - completeTo, 0), 0);
  }

  /** Fetches whatever a service's log has beyond the first missing number; whoever asks meanwhile waits for the same. */
  fetch(service: string): Promise<void> {
    const under = this.running.get(service);
    if (under) return under;
    const run = this.walk(service).finally(() => this.running.delete(service));
    this.running.set(service, run);
    return run;
  }

  /** Fetches from these services whatever they have committed and the ledger lacks. Throws when one of them is away. */
  async fetchAll(services: readonly string[]): Promise<void> {
    await Promise.all(
      services.map(async (service) => {
        // One that is under way may have read its last page before.
        await this.running.get(service)?.catch(() => undefined);
        await this.fetch(service);
      }),
    );
  }

  /** The event as its owner's log has it, at the place that was told; null when there is another one, or none. Throws when it is away. */
  async genuine(service: string, { event, log, number }: Arrival): Promise<Arrival | null> {
    const before = { number, transaction_id: event.transaction_id, position: String(BigInt(event.position) - 1n) };
    const { log_id: logId, events } = await this.parts.logs.read(service, before, 1);
    const [there] = events;
    if (logId !== log || there?.event_id !== event.event_id) return null;
    return { event: there, log, number, vouched: true };
  }

  private async watch(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      await Promise.all(this.parts.logs.services.map((service) => this.look(service)));
      await sleep(LOOK_EVERY_MS * (0.8 + Math.random() * 0.4), undefined, { signal }).catch(() => undefined);
    }
  }

  private async look(service: string): Promise<void> {
    try {
      const before = this.looks.get(service);
      const { log_id: logId, relayed: head } = await this.parts.logs.read(service, nothingYet.complete, 0);
      const { number: completeTo } = await this.complete(logId);
      this.looks.set(service, { logId, head, completeTo });
      const stands = before?.logId === logId && before.completeTo === completeTo && before.head > completeTo;
      const isFar = head - completeTo > FAR_BEHIND;
      if (isFar) this.far.add(service);
      if (isFar || stands) await this.fetch(service);
    } catch (error) {
      this.looks.delete(service);
      this.parts.log.warn({ err: error, service }, 'a log could not be compared with the ledger; it is tried again');
    } finally {
      this.far.delete(service);
    }
  }

  /** Resolves when the ledger is not far behind a service's log, or can't be brought on now: its messages would only repeat the pages. */
  async isNear(service: string): Promise<void> {
    if (this.far.has(service)) await this.running.get(service)?.catch(() => undefined);
  }

  private async walk(service: string): Promise<void> {
    const { logs, log } = this.parts;
    let fetched = 0;
    for (let isWhole = false; !isWhole && !this.stopping.signal.aborted;) {
      const { log_id: logId } = await logs.read(service, nothingYet.complete, 0);
      const from = await this.complete(logId);
      isWhole = await this.readOn(service, logId, from, (count) => (fetched += count));
    }
    if (fetched > 0) log.info({ event: 'caught-up', service, fetched }, `fetched ${fetched} events of ${service}`);
  }

  /** The log from a place to its end; the next page is on its way while one is sealed. False when it was adopted in between. */
  private async readOn(
    service: string,
    logId: string,
    from: LogPlace,
    onSealed: (count: number) => void,
  ): Promise<boolean> {
    const { logs, sealer } = this.parts;
    let place = from;
    let next = logs.read(service, place, PAGE);
    while (!this.stopping.signal.aborted) {
      const page = await next;
      // Its numbers begin anew.
      if (page.log_id !== logId) return false;
      const arrivals = page.events.map((event, at) => ({
        event,
        log: logId,
        number: place.number + at + 1,
        vouched: true,
      }));
      const last = arrivals.at(-1);
      if (last === undefined) return true;
      const { transaction_id, position } = last.event;
      place = { number: last.number, transaction_id, position };
      const isFull = arrivals.length === PAGE;
      if (isFull) {
        next = logs.read(service, place, PAGE);
        // Whoever waits for it gets the error; nobody does when this page fails.
        next.catch(() => undefined);
      }
      const outcomes = await sealer.take(arrivals);
      onSealed(outcomes.filter((outcome) => outcome === 'sealed').length);
      if (outcomes.includes('gap')) throw new Error(`${service}: its log leaves out an event of a stream`);
      if (!isFull) return true;
    }
    return false;
  }

  private async complete(logId: string): Promise<LogPlace> {
    const progress = await readProgress(this.parts.sql, [logId]);
    return (progress.get(logId) ?? nothingYet).complete;
  }
}
