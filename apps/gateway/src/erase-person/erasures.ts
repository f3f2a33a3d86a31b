import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { securityStream } from '@cloud-images/contracts';
import type { Appender, Erased, SqlExecutor } from '@cloud-images/event-store';
import { metadataOf, type CallerContext, type Logger } from '@cloud-images/service-kit';
import { nobody } from '../security/observation.js';
import {
  addErasure,
  finish,
  moveStep,
  readErasure,
  stepsOf,
  takeNext,
  usersToForget,
  type Erasure,
  type Step,
} from './erasures.query.js';

/** Makes one service forget a user, from `after` in its log on, as far as one call goes. */
export type Forget = (userId: string, after: string | null) => Promise<Erased>;

export interface ErasuresParts {
  readonly sql: SqlExecutor;
  readonly appender: Appender;
  /** By service. */
  readonly services: Readonly<Record<string, Forget>>;
  /** Takes the user out of what waits in this process. */
  readonly forgetWaiting: (userId: string) => void;
  readonly log: Logger;
  readonly lookMs?: number;
  readonly settleMs?: number;
}

/** How far an erasure is. */
export interface Progress {
  readonly erasure: Erasure;
  readonly steps: readonly Step[];
}

const begun = { after: null, contexts: 0, done_at: null };
const LOOK_MS = 2_000;
/** Until then every gateway has looked, and what was under way of the user is recorded. */
const SETTLE_MS = 5_000;
/** So many erasures are gone on with at a time; each asks every service at most once at a time. */
const AT_ONCE = 4;

/**
 * Erasures of persons: asked for by an event, then every service is told until it has forgotten, however long it is away,
 * and an event says that all have. Several gateways may do it at once: forgetting twice is forgetting once.
 */
export class Erasures {
  private readonly stopping = new AbortController();
  private running: Promise<void> | null = null;

  constructor(private readonly parts: ErasuresParts) {}

  start(): void {
    this.running ??= Promise.all([this.over(() => this.forgetHere()), this.over(() => this.goOnWithSome())]).then(
      () => undefined,
    );
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  /** Records that it is asked for. Throws `StoreUnavailable`. */
  async request(caller: CallerContext, userId: string, reason: string): Promise<Progress> {
    const { appender, services, forgetWaiting } = this.parts;
    const erasure_id = randomUUID();
    const event_id = randomUUID();
    const stream = securityStream(caller.identity.project);
    const { request_id, correlation_id } = caller;
    const asked = { erasure_id, user_id: userId, stream, event_id, request_id, correlation_id };
    const event = { type: 'PersonErasureRequested', data: { erasure_id, user_id: userId, reason } };
    let requested_at = '';
    await appender.append(
      stream,
      [{ event, event_id, metadata: metadataOf(caller), context: caller.context }],
      (sql, { now }) => addErasure(sql, { ...asked, requested_at: (requested_at = now) }, Object.keys(services)),
    );
    forgetWaiting(userId);
    const erasure = { ...asked, requested_at, finished_at: null };
    return { erasure, steps: Object.keys(services).map((service) => ({ service, ...begun })) };
  }

  /** Null when there is none of this id. */
  async show(id: string): Promise<Progress | null> {
    const erasure = await readErasure(this.parts.sql, id);
    return erasure && { erasure, steps: await stepsOf(this.parts.sql, id) };
  }

  private async over(work: () => Promise<void>): Promise<void> {
    const { signal } = this.stopping;
    const { lookMs = LOOK_MS, log } = this.parts;
    while (!signal.aborted) {
      await work().catch((error: unknown) => log.warn({ err: error }, 'erasures could not go on; they wait'));
      await sleep(lookMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Beside what goes on, which may take minutes: the others count on it. */
  private async forgetHere(): Promise<void> {
    const { sql, forgetWaiting } = this.parts;
    for (const user of await usersToForget(sql)) forgetWaiting(user);
  }

  private async goOnWithSome(): Promise<void> {
    const { sql, settleMs = SETTLE_MS } = this.parts;
    await Promise.all((await takeNext(sql, settleMs, AT_ONCE)).map((erasure) => this.goOn(erasure)));
  }

  private async goOn(erasure: Erasure): Promise<void> {
    const { sql, services } = this.parts;
    const open = (await stepsOf(sql, erasure.erasure_id)).filter(({ done_at }) => done_at === null);
    const left = await Promise.all(
      open.map(async (step) => {
        const forget = services[step.service];
        return forget === undefined || (await this.inOneService(erasure, step, forget));
      }),
    );
    if (left.every((done) => done)) await this.tellFinished(erasure);
  }

  /** False while the service is away: it is told again. */
  private async inOneService({ erasure_id: id, user_id: user }: Erasure, step: Step, forget: Forget): Promise<boolean> {
    const { service } = step;
    try {
      for (let after = step.after; !this.stopping.signal.aborted;) {
        const erased = await forget(user, after);
        await moveStep(this.parts.sql, id, service, erased);
        if (erased.next === null) return true;
        after = erased.next;
      }
    } catch (error) {
      this.parts.log.warn(
        { err: error, service, erasure: id },
        'a service could not be told to forget; it is told again',
      );
    }
    return false;
  }

  private async tellFinished(erasure: Erasure): Promise<void> {
    const { erasure_id, user_id, stream, event_id: causation_id, request_id, correlation_id } = erasure;
    const steps = await stepsOf(this.parts.sql, erasure_id);
    const contexts = steps.reduce((sum, step) => sum + step.contexts, 0);
    const fact = {
      event: { type: 'PersonErased', data: { erasure_id, user_id, contexts } },
      event_id: randomUUID(),
      metadata: { actor: nobody, request_id, correlation_id, causation_id },
    };
    try {
      await this.parts.appender.append(stream, [fact], async (sql) => {
        if (!(await finish(sql, erasure_id))) throw new FinishedAlready();
      });
    } catch (error) {
      if (!(error instanceof FinishedAlready)) throw error;
    }
  }
}

/** By another gateway, whose event says so. */
class FinishedAlready extends Error {
  override readonly name = 'FinishedAlready';
}
