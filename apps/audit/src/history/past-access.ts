import { isOperator, type Identity, type Relation } from '@cloud-images/contracts';
import { canSeeDeleted, isDeleted, relationTo } from '@cloud-images/image-model';
import type { ImageThen } from './image-then.query.js';

/**
 * How a caller stood to an image then, if it may still know: as the owner of that time, or because it sees the image now
 * too; whoever sees all events sees all of the past. Null: to the caller there was no such image.
 */
export function relationThen(
  identity: Identity,
  then: ImageThen,
  { seesAll, deletedToo = false }: { readonly seesAll: boolean; readonly deletedToo?: boolean },
): Relation | null {
  const relation = relationOf(identity, then, seesAll);
  // As the API would have answered: a deleted image is gone, unless it is asked for.
  if (!isDeleted(then.status)) return relation;
  return deletedToo && canSeeDeleted(relation) ? relation : null;
}

function relationOf(identity: Identity, then: ImageThen, seesAll: boolean): Relation | null {
  if (seesAll && !isOperator(identity)) return 'admin';
  const relation = relationTo(identity, then, then.member);
  if (relation === null || relation === 'owner' || relation === 'admin') return relation;
  const now = { owner: then.owner_now, visibility: then.visibility_now };
  return !isDeleted(then.status_now) && relationTo(identity, now, then.member_now) !== null ? relation : null;
}
