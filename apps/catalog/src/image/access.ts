import type { Identity } from '@cloud-images/contracts';
import type { ImageStatus, Visibility } from './image.js';

export type MemberStatus = 'pending' | 'accepted' | 'rejected';

/** How a caller stands to an image that it may see; null when it may not. */
export type Relation = 'owner' | 'admin' | 'member' | 'public' | 'community';

export interface Seen {
  readonly owner: string | null;
  readonly visibility: Visibility;
}

/** Keystone's `admin`; the same word from a multiproduct source is a role within one's own project (architecture 7). */
export const isOperator = (identity: Identity): boolean =>
  identity.roles.includes('admin') && identity.source !== 'rackspace';

/**
 * Who may see an image by its id. A member sees it whatever it answered, but only while the image is shared; lists ask
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
