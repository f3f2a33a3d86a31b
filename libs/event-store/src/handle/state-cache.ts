/** Folded states of streams that were used last; least recently used ones go first. Only ever a shortcut. */
export class StateCache<State> {
  private readonly entries = new Map<string, Folded<State>>();

  constructor(private readonly most: number) {}

  get(stream: string): Folded<State> | undefined {
    const found = this.entries.get(stream);
    if (found) {
      this.entries.delete(stream);
      this.entries.set(stream, found);
    }
    return found;
  }

  set(stream: string, folded: Folded<State>): void {
    const known = this.entries.get(stream);
    if (known && known.version > folded.version) return;
    this.entries.delete(stream);
    this.entries.set(stream, folded);
    if (this.entries.size > this.most) {
      const oldest = this.entries.keys().next();
      if (!oldest.done) this.entries.delete(oldest.value);
    }
  }

  delete(stream: string): void {
    this.entries.delete(stream);
  }
}

export interface Folded<State> {
  readonly state: State;
  readonly version: number;
  /** `recorded_at` of the last event; empty before the first. */
  readonly time: string;
}
