import type { Identity, MemberEvent } from '@cloud-images/contracts';
import type { Membership } from '@cloud-images/image-model';
import { assertMembersOf, memberNotFound, type ShownImage } from '../membership/shown-image.js';

// The producer stops sharing; from then on the consumer does not see the image. A consumer that does not want the image
// rejects it, but can't remove itself.

export interface RemoveMember {
  readonly image: ShownImage;
  readonly member: string;
  readonly caller: Identity;
}

export function removeMember({ image, member, caller }: RemoveMember, state: Membership): MemberEvent[] {
  assertMembersOf(image, 'delete_member', caller);
  const known = state.members.get(member);
  if (!known || state.closed) throw memberNotFound();
  return [
    { type: 'MemberRemoved', data: { image_id: image.image_id, member_id: member, from: known.status, to: null } },
  ];
}
