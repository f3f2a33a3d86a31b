import type { LedgerEntry } from '@cloud-images/ledger';

/** What something was, from one event of it until the next. */
export interface Span<T> {
  readonly version: number;
  readonly from: string;
  /** `infinity`: until now. */
  readonly to: string;
  readonly is: T;
}

/** What a batch of entries makes of spans: which of those before it end with it, and which it adds. */
export class Spans<T> {
  readonly closed: { readonly key: readonly string[]; readonly at: string }[] = [];
  readonly spans: Span<T>[] = [];
  /** Key → where its open span is in `spans`; null: it has none. */
  private readonly open = new Map<string, number | null>();

  /** From this entry on the key is something else; null: it is no more. */
  follow(key: readonly string[], { version, time }: LedgerEntry, is: T | null): void {
    const name = key.join('\n');
    const at = this.open.get(name);
    if (at === undefined) this.closed.push({ key, at: time });
    else if (at !== null) this.spans[at] = { ...(this.spans[at] as Span<T>), to: time };
    this.open.set(name, is === null ? null : this.spans.push({ version, from: time, to: 'infinity', is }) - 1);
  }
}
