const STREAMS = 500_000;

/**
 * Stream → its last version so far. Who had no event since `limit` other streams may be forgotten, so that no ledger is too
 * long to be verified (a Map takes 2^24 streams at most): what is missing of such a stream, the tree still shows.
 */
export class LastVersions {
  private recent = new Map<string, number>();
  private before = new Map<string, number>();

  /** `knowsAll`: nothing went before the events that are noted. */
  constructor(
    private knowsAll: boolean,
    private readonly limit = STREAMS,
  ) {}

  /** 0: the stream had no event yet; null: unknown. */
  of(stream: string): number | null {
    return this.recent.get(stream) ?? this.before.get(stream) ?? (this.knowsAll ? 0 : null);
  }

  note(stream: string, version: number): void {
    this.recent.set(stream, version);
    if (this.recent.size < this.limit) return;
    if (this.before.size > 0) this.knowsAll = false;
    this.before = this.recent;
    this.recent = new Map();
  }
}
