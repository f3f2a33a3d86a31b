import type { Actor, RequestContext, SecurityEvent } from '@cloud-images/contracts';

export type ObservedKind = 'AuthenticationFailed' | 'AccessDenied' | 'ImageDataSent' | 'RateLimited';
type DataOf<Kind extends ObservedKind> = Extract<SecurityEvent, { type: Kind }>['data'];
type Counted = 'count' | 'first_at' | 'last_at' | 'folded';

/** What happened in one request; `data` less what only shows when it is written. */
export type Observation = {
  readonly [Kind in ObservedKind]: {
    readonly type: Kind;
    readonly data: Omit<DataOf<Kind>, Counted>;
    /** Null: nobody proved who they are. */
    readonly actor: Actor | null;
    /** Never more of a person than ids, where nothing was proved. */
    readonly context: RequestContext;
  };
}[ObservedKind];

/** Why somebody was not let in. */
export interface FailedAttempt {
  readonly reason: NonNullable<DataOf<'AuthenticationFailed'>['reason']>;
  /** Null where there is no such user: what was typed as a name may be a password. */
  readonly userId: string | null;
}

/** For what nobody proved to have done, and what was done by too many to name them. */
export const nobody: Actor = { user: 'gateway', project: null, roles: [], via: 'gateway' };

/** Whose share of the room it takes: one who makes many different ones takes nobody else's. */
export const principalOf = ({ actor, data }: Observation): string =>
  actor === null ? `?${('user_id' in data && data.user_id) || ''}` : `${actor.project} ${actor.user}`;

/** What is counted together: the same by the same to the same. */
export function keyOf(observation: Observation): string {
  const { reason, operation, image_id: image } = observation.data as Readonly<Record<string, unknown>>;
  return JSON.stringify([observation.type, principalOf(observation), reason, operation, image]);
}

/** Whom it names: who did it, or was claimed to. */
export const usersOf = ({ actor, data }: Observation): string[] =>
  [actor?.user, 'user_id' in data ? data.user_id : null].filter((user) => typeof user === 'string');

/** Without what says more of a person than ids. */
export function impersonal<O extends Observation>(observation: O): O {
  const { request_id, correlation_id } = observation.context;
  return { ...observation, context: { request_id, correlation_id } };
}

/** What is left where it has no room of its own: of one principal, or of anybody. */
export function folded(observation: Observation, isOfAnybody: boolean): Observation {
  const left = { operation: null, image_id: null, size: null, range: null, ...(isOfAnybody ? { user_id: null } : {}) };
  const named = Object.entries(left).filter(([name]) => name in observation.data);
  return {
    ...(isOfAnybody ? { ...impersonal(observation), actor: null } : observation),
    data: { ...observation.data, ...Object.fromEntries(named) },
  } as Observation;
}
