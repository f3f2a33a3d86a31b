import { type Identity, type MemberEvent } from '@cloud-images/contracts';
import type { Membership, MemberStatus } from '@cloud-images/image-model';
import { assertMembersOf, memberNotFound, type ShownImage } from '../membership/shown-image.js';

// The consumer answers: any status may follow any other. The producer offers and never answers for the consumer.

export interface UpdateMember {
  readonly image: ShownImage;
  readonly member: string;
  readonly status: MemberStatus;
  readonly caller: Identity;
}

export function updateMember({ image, member, status, caller }: UpdateMember, state: Membership): MemberEvent[] {
  assertMembersOf(image, 'modify_member', caller);
  // A member sees itself only: of another one it is not told whether it is there.
  if (image.relation === 'member' && member !== caller.project) throw memberNotFound();
  const known = state.members.get(member);
  if (!known || state.closed) throw memberNotFound();
  if (known.status === status) return [];
  return [answered[status]({ image_id: image.image_id, member_id: member, from: known.status })];
}

type Ids = { readonly image_id: string; readonly member_id: string; readonly from: MemberStatus };

const answered: Record<MemberStatus, (ids: Ids) => MemberEvent> = {
  accepted: (ids) => ({ type: 'MemberAccepted', data: { ...ids, to: 'accepted' } }),
  rejected: (ids) => ({ type: 'MemberRejected', data: { ...ids, to: 'rejected' } }),
  pending: (ids) => ({ type: 'MemberReset', data: { ...ids, to: 'pending' } }),
};
