import { isOperator, type Identity, type Relation } from '@cloud-images/contracts';
import type { ImageStatus, Visibility } from './image.js';

export type MemberStatus = 'pending' | 'accepted' | 'rejected';

export interface Seen {
  readonly owner: string | null;
  readonly visibility: Visibility;
}

/**
 * How a caller stands to an image, by its id; null when it may not see it. A member sees it whatever it answered, but only while the image is shared; lists ask
 * for more (`list-images/principals.ts` answers the same table of cases).
 */
export function relationTo(identity: Identity, image: Seen, memberStatus: MemberStatus | null): Relation | null {
  if (identity.project !== null && identity.project === image.owner) return 'owner';
  if (isOperator(identity)) return 'admin';
  if (image.visibility === 'shared') return memberStatus === null ? null : 'member';
  return image.visibility === 'private' ? null : image.visibility;
}

export const canSee = (identity: Identity, image: Seen, memberStatus: MemberStatus | null): boolean =>
  relationTo(identity, image, memberStatus) !== null;

/** To everyone a deleted image is gone; its owner and an admin may ask for it explicitly. */
export const canSeeDeleted = (relation: Relation | null): boolean => relation === 'owner' || relation === 'admin';

export const isDeleted = (status: ImageStatus): boolean => status === 'pending_delete' || status === 'deleted';
/** Lists never show an image whose data is lost, nor (unless asked for) one that is deleted. */
export const isListed = (status: ImageStatus): boolean => status !== 'killed' && !isDeleted(status);
