import { setTimeout as sleep } from 'node:timers/promises';
import type { SqlExecutor } from '@cloud-images/event-store';
import type { Logger } from '@cloud-images/service-kit';
import { PAGE_BYTES } from '../ledger/find-entries.query.js';
import { sizeOf } from '../ledger/known.query.js';
import type { FeedItem } from './feed-filter.js';

export interface FeedHubOptions {
  readonly sql: SqlExecutor;
  readonly log: Logger;
}

const READ = 500;
const KEPT = 4_096;
const KEPT_CHARACTERS = 16 * 1024 * 1024;
/** A look this often while somebody follows: another process may have sealed. */
const LOOK_MS = 25;

/**
 * The newest events, read once for all who follow. Who is further behind than what is kept reads the ledger itself until
 * it has caught up.
 */
export class FeedHub {
  private kept: FeedItem[] = [];
  private characters = 0;
  /** The position behind the last one that is known here. */
  private end = 0;
  private readonly followers = new Set<() => void>();
  private readonly stopping = new AbortController();
  private running: Promise<void> | null = null;
  private wakeUp = new AbortController();

  constructor(private readonly options: FeedHubOptions) {}

  get size(): number {
    return this.end;
  }

  get following(): number {
    return this.followers.size;
  }

  get stopped(): AbortSignal {
    return this.stopping.signal;
  }

  /** `wake` is called when there is more, or when all is over. Resolves once `size` is right. */
  async join(wake: () => void): Promise<void> {
    if (this.followers.size === 0) {
      this.kept = [];
      this.characters = 0;
      this.end = await sizeOf(this.options.sql);
    }
    this.followers.add(wake);
    this.run();
  }

  leave(wake: () => void): void {
    this.followers.delete(wake);
  }

  /** The events from this position on, when all of them are kept here; else null. */
  from(position: number): readonly FeedItem[] | null {
    const first = this.kept[0]?.position ?? this.end;
    if (position < first) return null;
    return this.kept.slice(position - first);
  }

  /** This process has sealed something. */
  sealed(): void {
    this.wakeUp.abort();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    this.wakeUp.abort();
    for (const wake of this.followers) wake();
    await this.running;
  }

  private run(): void {
    this.running ??= this.loop().finally(() => {
      this.running = null;
      // Somebody may have come while it ended.
      if (this.followers.size > 0 && !this.stopping.signal.aborted) this.run();
    });
  }

  private async loop(): Promise<void> {
    while (!this.stopping.signal.aborted && this.followers.size > 0) {
      this.wakeUp = new AbortController();
      const count = await this.look().catch((error: unknown) => {
        this.options.log.warn({ err: error }, 'the feed could not read on; it tries again');
        return 0;
      });
      if (count > 0) continue;
      await sleep(LOOK_MS, undefined, { signal: this.wakeUp.signal }).catch(() => undefined);
    }
  }

  private async look(): Promise<number> {
    const { rows } = await this.options.sql.query<Omit<FeedItem, 'position'> & { position: string }>(
      `SELECT position::text AS position, entry, type, kind, image_id, actor, project, request_id, readers,
              (extract(epoch FROM recorded_at) * 1000)::float8 AS recorded_at
         FROM (SELECT *, sum(octet_length(entry)) OVER (ORDER BY position) - octet_length(entry) AS before
                 FROM (SELECT * FROM ledger.events WHERE position >= $1 ORDER BY position LIMIT ${READ}) AS newest) AS page
        WHERE before < ${PAGE_BYTES} ORDER BY page.position`,
      [this.end],
      'feed_look',
    );
    if (rows.length === 0) return 0;
    this.keep(rows.map((row) => ({ ...row, position: Number(row.position) })));
    for (const wake of this.followers) wake();
    return rows.length;
  }

  private keep(items: readonly FeedItem[]): void {
    this.kept.push(...items);
    this.end = (items.at(-1) as FeedItem).position + 1;
    this.characters += items.reduce((sum, { entry }) => sum + entry.length, 0);
    let drop = 0;
    while (this.kept.length - drop > KEPT || this.characters > KEPT_CHARACTERS) {
      this.characters -= (this.kept[drop++] as FeedItem).entry.length;
    }
    if (drop > 0) this.kept = this.kept.slice(drop);
  }
}
