import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AnyEvent, AppendedEvent, NewEvent } from '@cloud-images/contracts';
import {
  StoreUnavailable,
  VersionConflict,
  type Aggregate,
  type Command,
  type EventStore,
  type Handled,
  type Projection,
  type StreamTransaction,
} from '../port.js';
import { contextDigest } from '../request-context.js';
import { StateCache } from './state-cache.js';
import { StreamQueues } from './stream-queue.js';

export interface HandlerOptions<State, E extends AnyEvent> {
  readonly store: EventStore;
  readonly aggregate: Aggregate<State, E>;
  /** Written in the command's transaction, right after the append. */
  readonly projections: readonly Projection<State, E>[];
  /** Folded streams kept in memory; default 10,000. */
  readonly cachedStreams?: number;
}

export interface Handler<State, E extends AnyEvent> {
  /** Load, fold, decide, append, project, commit. Throws what `decide` threw, `VersionConflict` after bounded retries, `StoreUnavailable`. */
  handle(command: Command<State, E>): Promise<Handled<State, E>>;
  /** The state now, from the log. */
  load(stream: string): Promise<{ state: State; version: number }>;
}

const MOST_ATTEMPTS = 8;
const MOST_TOGETHER = 64;
const MOST_WAITING = 1000;

export function createHandler<State, E extends AnyEvent>(options: HandlerOptions<State, E>): Handler<State, E> {
  return new StreamHandler(options);
}

/** A command that waits: decided in turn with its neighbours, settled after their common commit. */
interface Waiting<State, E extends AnyEvent> {
  readonly command: Command<State, E>;
  /** Drawn once, so that an event keeps its id over retries. */
  readonly eventIds: string[];
  readonly resolve: (handled: Handled<State, E>) => void;
  readonly reject: (error: unknown) => void;
}

type Outcome<State, E extends AnyEvent> = { readonly handled: Handled<State, E> } | { readonly error: unknown };

class StreamHandler<State, E extends AnyEvent> implements Handler<State, E> {
  private readonly cache: StateCache<State>;
  private readonly queues: StreamQueues<Waiting<State, E>>;

  constructor(private readonly options: HandlerOptions<State, E>) {
    this.cache = new StateCache(options.cachedStreams ?? 10_000);
    this.queues = new StreamQueues((stream, items) => this.together(stream, items), MOST_TOGETHER, MOST_WAITING);
  }

  handle(command: Command<State, E>): Promise<Handled<State, E>> {
    return new Promise((resolve, reject) => {
      const taken = this.queues.push(command.stream, { command, eventIds: [], resolve, reject });
      if (!taken) reject(new StoreUnavailable(`too many commands wait for ${command.stream}`));
    });
  }

  async load(stream: string): Promise<{ state: State; version: number }> {
    const known = this.cache.get(stream);
    let state = known?.state ?? this.options.aggregate.initial;
    let version = known?.version ?? 0;
    for (let more = true; more;) {
      const events = await this.options.store.readStream(stream, version);
      for (const event of events) state = this.options.aggregate.evolve(state, event as never);
      version += events.length;
      more = events.length > 0;
      const time = events.at(-1)?.recorded_at;
      if (time !== undefined) this.cache.set(stream, { state, version, time });
    }
    return { state, version };
  }

  private async together(stream: string, items: readonly Waiting<State, E>[]): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const decided = await this.options.store.transact(stream, (tx) => this.decideAll(stream, items, tx, attempt), {
          // Others keep winning: from now on this stream's writers of all replicas take turns.
          exclusive: attempt > 3,
        });
        this.cache.set(stream, decided.folded);
        items.forEach((item, at) => settle(item, decided.outcomes[at] as Outcome<State, E>));
        return;
      } catch (error) {
        this.cache.delete(stream);
        if (error instanceof VersionConflict && attempt < MOST_ATTEMPTS) {
          await sleep(Math.random() * 5 * 2 ** attempt);
        } else if (items.length > 1 && !(error instanceof StoreUnavailable)) {
          // One of them may be what breaks the transaction: each gets one of its own.
          for (const item of items) await this.together(stream, [item]);
          return;
        } else {
          items.forEach((item) => item.reject(error));
          return;
        }
      }
    }
  }

  /** Each command sees what the ones before it did; a refusal concerns only its own command. */
  private async decideAll(stream: string, items: readonly Waiting<State, E>[], tx: StreamTransaction, attempt: number) {
    const known = this.cache.get(stream) ?? { state: this.options.aggregate.initial, version: 0, time: '' };
    const begun = items.map(({ command }) => command.before?.(tx.sql));
    for (const one of begun) one?.catch(() => undefined);
    const presumed = attempt === 1 && known.version === 0 && items[0]?.command.isNew ? tx.presumeNew() : null;
    const loaded = presumed ?? (await tx.load(known.version));
    const { evolve } = this.options.aggregate;
    const now = loaded.now > known.time ? loaded.now : known.time;
    let state = loaded.events.reduce((folded, event) => evolve(folded, event as never), known.state);
    let version = known.version + loaded.events.length;
    let time = loaded.events.at(-1)?.recorded_at ?? known.time;
    const outcomes: Outcome<State, E>[] = [];
    for (const [at, item] of items.entries()) {
      let decided: readonly E[];
      try {
        if (begun[at] !== undefined) await begun[at];
        decided = item.command.decide(state, { version, now });
      } catch (error) {
        outcomes.push({ error });
        continue;
      }
      const events = append(tx, item, decided, version, now);
      const before = state;
      state = events.reduce(evolve, state);
      version += events.length;
      outcomes.push({ handled: { state, version, events } });
      if (events.length === 0) continue;
      time = now;
      const change = { stream, events, before, after: state, version };
      for (const projection of this.options.projections) await projection.apply(tx.sql, change);
      await item.command.alongside?.(tx.sql, change);
    }
    return { outcomes, folded: { state, version, time } };
  }
}

function append<State, E extends AnyEvent>(
  tx: StreamTransaction,
  { command, eventIds }: Waiting<State, E>,
  decided: readonly E[],
  version: number,
  now: string,
): AppendedEvent<E>[] {
  if (decided.length === 0) return [];
  const { metadata, context } = command;
  const said = context ? { ...metadata, context_digest: contextDigest(context) } : metadata;
  const events = decided.map((event, at): NewEvent<E> => {
    const event_id = (eventIds[at] ??= randomUUID());
    return { ...event, event_id, metadata: said };
  });
  return tx.append(version, events, now, context) as AppendedEvent<E>[];
}

function settle<State, E extends AnyEvent>(item: Waiting<State, E>, outcome: Outcome<State, E>): void {
  if ('handled' in outcome) item.resolve(outcome.handled);
  else item.reject(outcome.error);
}
