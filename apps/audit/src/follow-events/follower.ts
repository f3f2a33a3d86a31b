import type { SqlExecutor } from '@cloud-images/event-store';
import type { EntryFilter } from '../ledger/entry-filter.js';
import { findEntries, type Scope } from '../ledger/find-entries.query.js';
import type { SteadyWriter } from '../ledger/steady-writer.js';
import { feedFilter } from './feed-filter.js';
import type { FeedHub } from './feed-hub.js';

export interface FollowOptions {
  readonly hub: FeedHub;
  readonly sql: SqlExecutor;
  readonly writer: SteadyWriter;
  readonly scope: Scope;
  readonly filter: EntryFilter;
  /** The first position that is wanted; null: what comes from now on. */
  readonly from: number | null;
  readonly heartbeatMs: number;
  /** How long before the client has to come again, with a token that is still good. */
  readonly lifeMs: number;
}

const PAGE = 200;
/** How often a reader is written to at most: several events of one moment go together. */
const GATHER_MS = 10;

/**
 * Server-sent events to one reader: `id` is the position, `data` the event as it was sealed. Between events, and where
 * none of them is wanted, an id without data says how far it is, so that a reader that returns begins there.
 */
export async function follow(options: FollowOptions): Promise<void> {
  const { hub, writer, lifeMs, heartbeatMs } = options;
  const bell = new Bell();
  await hub.join(bell.ring);
  try {
    const place = new Place(options, options.from ?? hub.size);
    const end = Date.now() + lifeMs;
    await writer.write('retry: 1000\n\n');
    while (writer.isOpen && !hub.stopped.aborted && Date.now() < end) {
      for (const text of await place.read()) await writer.write(text);
      if (place.isAtEnd) {
        const rang = await bell.wait(Math.min(heartbeatMs, Math.max(end - Date.now(), 0)));
        if (!rang) await writer.write(`: alive\nid: ${place.next - 1}\n\n`);
      }
    }
    writer.end();
  } finally {
    hub.leave(bell.ring);
  }
}

/** How far a reader is. */
class Place {
  private readonly wanted: ReturnType<typeof feedFilter>;

  constructor(
    private readonly options: FollowOptions,
    public next: number,
  ) {
    this.wanted = feedFilter(options.scope, options.filter);
  }

  get isAtEnd(): boolean {
    return this.next >= this.options.hub.size;
  }

  /** What comes next of what is wanted, in pieces. */
  async read(): Promise<string[]> {
    const { hub } = this.options;
    const kept = hub.from(this.next);
    if (kept === null) return this.fromLedger();
    const items = kept.slice(0, PAGE);
    this.next = (items.at(-1)?.position ?? this.next - 1) + 1;
    return pieces(items.filter(this.wanted));
  }

  private async fromLedger(): Promise<string[]> {
    const { hub, sql, scope, filter } = this.options;
    // All below it is committed, so a page that ends short has gone past it.
    const { size } = hub;
    const search = { scope, filter, order: 'asc' as const, after: this.next - 1, limit: PAGE };
    const { entries, next } = await findEntries(sql, search);
    this.next = next === null ? Math.max(size, (entries.at(-1)?.position ?? -1) + 1) : next + 1;
    return pieces(entries);
  }
}

interface Sent {
  readonly position: number;
  readonly entry: string;
}

const PIECE = 64 * 1024;

/** Small events go together, large ones alone. */
function pieces(events: readonly Sent[]): string[] {
  const found: string[] = [];
  for (const { position, entry } of events) {
    const text = `id: ${position}\ndata: ${entry}\n\n`;
    const last = found.at(-1);
    if (last !== undefined && last.length + text.length <= PIECE) found[found.length - 1] = last + text;
    else found.push(text);
  }
  return found;
}

/** Rung while nobody waits, it is heard by the next who does. */
class Bell {
  private rung = false;
  private heard: (() => void) | null = null;

  readonly ring = (): void => {
    this.rung = true;
    this.heard?.();
  };

  /** False when it was not rung in time. */
  async wait(ms: number): Promise<boolean> {
    if (!this.rung) {
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((done) => {
        this.heard = done;
        timer = setTimeout(done, ms);
      });
      clearTimeout(timer);
      this.heard = null;
      if (!this.rung) return false;
    }
    await new Promise((done) => setTimeout(done, GATHER_MS));
    this.rung = false;
    return true;
  }
}
