import { authorize, type MemberEvent } from '@cloud-images/contracts';
import type { MembershipState } from '../membership/membership.js';
import { assertLiving, memberNotFound, type Asked } from '../membership/shared-image.js';

// The producer stops sharing with a project, which loses the image at once. Also while the image is private: members that
// were kept come back with the sharing, and who wants one of them out must not have to share the image first.

export interface RemoveMember extends Asked {
  readonly member: string;
}

export function removeMember({ member, identity, image }: RemoveMember, { members }: MembershipState): MemberEvent[] {
  assertLiving(image);
  authorize('delete_member', identity, image.relation);
  const from = members.get(member);
  if (from === undefined) throw memberNotFound();
  return [{ type: 'MemberRemoved', data: { image_id: image.image_id, member_id: member, from, to: null } }];
}
