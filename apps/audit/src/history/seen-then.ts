import { eventsOpenTo, imageNotFound, type Identity, type Relation } from '@cloud-images/contracts';
import type { SqlExecutor } from '@cloud-images/event-store';
import type { Parameters } from '../ledger/entry-filter.js';
import type { History } from './history-follower.js';
import { imageThen, type ImageThen } from './image-then.query.js';
import { relationThen } from './past-access.js';
import { momentOf, readWhen } from './when.js';

export interface Asked {
  readonly identity: Identity;
  /** Of the image, as in the path. */
  readonly id: string;
  /** With `at=`, and nothing more that the caller has not read. */
  readonly parameters: Parameters;
  readonly deletedToo?: boolean;
}

export interface SeenThen extends ImageThen {
  readonly id: string;
  /** How the caller stood to it. */
  readonly relation: Relation;
}

/** The image of then, for who may know of it. Throws `Refusal`: `invalid-filter`, or 404 when to the caller there was none. */
export async function seenThen(sql: SqlExecutor, history: History, asked: Asked): Promise<SeenThen> {
  const { identity, parameters, deletedToo = false } = asked;
  const seesAll = eventsOpenTo(identity) === 'all';
  const when = readWhen(parameters);
  parameters.end();
  // A version may be the newest one; and who is not told everything is told by what it may see now.
  await history.reaches(momentOf(when), { present: !('time' in when) || !seesAll });
  const id = asked.id.toLowerCase();
  const then = await imageThen(sql, id, identity.project, when);
  const relation = then && relationThen(identity, then, { seesAll, deletedToo });
  if (then === null || relation === null) throw imageNotFound();
  return { ...then, id, relation };
}
