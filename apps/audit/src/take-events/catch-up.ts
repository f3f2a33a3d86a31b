import { setTimeout as sleep } from 'node:timers/promises';
import type { SqlExecutor } from '@cloud-images/event-store';
import type { Logger } from '@cloud-images/service-kit';
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
      if (head - completeTo > FAR_BEHIND || stands) await this.fetch(service);
    } catch (error) {
      this.looks.delete(service);
      this.parts.log.warn({ err: error, service }, 'a log could not be compared with the ledger; it is tried again');
    }
  }

  private async walk(service: string): Promise<void> {
    const { logs, sealer, log } = this.parts;
    let fetched = 0;
    for (let full = true; full && !this.stopping.signal.aborted;) {
      const { log_id: logId } = await logs.read(service, nothingYet.complete, 0);
      const place = await this.complete(logId);
      const page = await logs.read(service, place, PAGE);
      // Adopted in between: its numbers begin anew.
      if (page.log_id !== logId) continue;
      full = page.events.length === PAGE;
      const arrivals = page.events.map((event, at) => ({ event, log: logId, number: place.number + at + 1 }));
      const outcomes = await sealer.take(arrivals);
      fetched += outcomes.filter((outcome) => outcome === 'sealed').length;
      if (outcomes.includes('gap')) throw new Error(`${service}: its log leaves out an event of a stream`);
    }
    if (fetched > 0) log.info({ event: 'caught-up', service, fetched }, `fetched ${fetched} events of ${service}`);
  }

  private async complete(logId: string): Promise<LogPlace> {
    const progress = await readProgress(this.parts.sql, [logId]);
    return (progress.get(logId) ?? nothingYet).complete;
  }
}
