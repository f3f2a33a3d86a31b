import type { MemberEvent } from '@cloud-images/contracts';
import type { Handler } from '@cloud-images/event-store';
import type { Membership } from '@cloud-images/image-model';

/** Commands on memberships: `Memberships`. */
export const MEMBERSHIPS = Symbol('memberships');
export type Memberships = Handler<Membership, MemberEvent>;

/** The log, to be read: `EventStore`. */
export const EVENT_STORE = Symbol('event store');

/** Statements outside of any transaction: a `SqlExecutor`. */
export const SQL = Symbol('sql');

/** The log in its order, for subscribers: a `LogReader`. */
export const LOG_READER = Symbol('log reader');
