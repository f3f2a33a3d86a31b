import type pg from 'pg';
import type { RecordedEvent } from '@cloud-images/contracts';
import type { LogPosition } from '../port.js';
import { readAll } from '../postgres/store.js';

/** Of a page, as it lies on the disk: images with a lot of large properties must not fill the memory. */
const MOST_BYTES = 2 * 1024 * 1024;

interface Page {
  readonly events: readonly RecordedEvent[];
  /** There are events at or above the horizon. */
  readonly behind: boolean;
  /** The page is full: there may be more at once. */
  readonly full: boolean;
}

/** Reads the log page by page. Behind a full page the next one is read already, while the caller publishes this one. */
export class LogReader {
  private ahead: { readonly after: LogPosition; readonly page: Promise<Page> } | null = null;

  constructor(
    private readonly client: pg.Client,
    private readonly limit: number,
  ) {}

  async after(place: LogPosition): Promise<Page> {
    const { ahead } = this;
    this.ahead = null;
    // The place is another one after a rewind.
    const page = await (ahead && isSame(ahead.after, place) ? ahead.page : this.read(place));
    const last = page.events.at(-1);
    if (page.full && last) this.readAhead({ transaction_id: last.transaction_id, position: last.position });
    return page;
  }

  private readAhead(after: LogPosition): void {
    const page = this.read(after);
    // Whoever asks for it gets the error; nobody may.
    page.catch(() => undefined);
    this.ahead = { after, page };
  }

  private read(after: LogPosition): Promise<Page> {
    return readAll(this.client, after, this.limit, MOST_BYTES);
  }
}

const isSame = (a: LogPosition, b: LogPosition): boolean =>
  a.transaction_id === b.transaction_id && a.position === b.position;
