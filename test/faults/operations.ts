// What the clients of a fault test did. Each operation carries a marker that nobody else uses, so that the log can be
// asked afterwards: did this take effect, and how often?

export type Outcome = 'ok' | 'refused' | 'unknown';

export interface Operation {
  readonly kind: Kind;
  readonly image: string;
  /** Unique: a name, a property value, a tag, a project id, or (uploads) the sha512 of the data. */
  readonly marker: string;
  outcome: Outcome;
  /** 0: there was no answer. */
  status: number;
  /** Of an answer that is no success and no refusal: its body. */
  said?: string;
  /** Milliseconds of the system's clock. */
  readonly began: number;
  ended: number;
}

export type Kind =
  'create' | 'rename' | 'set-property' | 'tag' | 'upload' | 'share' | 'unshare' | 'deactivate' | 'delete' | 'purge';

export class OperationLog {
  readonly all: Operation[] = [];
  /** Answers that no client should ever see (5xx other than 503 with Retry-After). */
  readonly unexplained: string[] = [];

  begin(kind: Kind, image: string, marker: string): Operation {
    const operation: Operation = { kind, image, marker, outcome: 'unknown', status: 0, began: Date.now(), ended: 0 };
    this.all.push(operation);
    return operation;
  }

  count(outcome: Outcome): number {
    return this.all.reduce((sum, operation) => sum + (operation.outcome === outcome ? 1 : 0), 0);
  }

  /** Commands a second, of those whole seconds in which each that ended had an answer of the service's own. */
  undisturbedRate(): number {
    const seconds = Map.groupBy(this.all, ({ ended }) => Math.floor(ended / 1_000));
    const first = Math.min(...seconds.keys());
    const last = Math.max(...seconds.keys());
    const quiet = [...seconds].filter(
      ([second, of]) => second > first && second < last && of.every(({ outcome }) => outcome !== 'unknown'),
    );
    return quiet.length === 0 ? 0 : quiet.reduce((sum, [, of]) => sum + of.length, 0) / quiet.length;
  }

  /** Those that began and ended between two moments. */
  within(from: number, to: number): Operation[] {
    return this.all.filter(({ began, ended }) => began >= from && ended > 0 && ended <= to);
  }
}
