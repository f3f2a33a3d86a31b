/** One sealed event, as it is served, exported and hashed: the leaf is its canonical JSON. */
export interface LedgerEntry {
  /** The leaf's number, 0, 1, 2 …; also the place in the feed. */
  readonly position: number;
  readonly id: string;
  readonly kind: string;
  readonly type: string;
  readonly schema_version: number;
  readonly stream: string;
  /** 1, 2, 3 … within the stream. */
  readonly version: number;
  /** Of which service's log it is, and the how-manieth there: 1, 2, 3 …, without a gap. */
  readonly log: string;
  readonly number: number;
  /** RFC 3339 UTC, microseconds: when its service recorded it. */
  readonly time: string;
  readonly actor: {
    readonly user: string;
    readonly project: string | null;
    readonly roles: readonly string[];
    readonly via: string;
  };
  readonly request_id: string;
  readonly correlation_id: string;
  readonly causation_id?: string;
  readonly context_digest?: string;
  readonly data: object;
}
