import { authorize, type MemberEvent } from '@cloud-images/contracts';
import type { MemberStatus, MembershipState } from '../membership/membership.js';
import { assertLiving, assertShared, mayKnowOf, memberNotFound, type Asked } from '../membership/shared-image.js';

// The consumer answers, and may change its answer at any time, in any direction. Its producer can't answer for it.
// To who may not know of a member, there is none.

export interface UpdateMember extends Asked {
  readonly member: string;
  readonly status: MemberStatus;
}

export function updateMember(command: UpdateMember, { members }: MembershipState): MemberEvent[] {
  const { member, status: to, identity, image } = command;
  assertLiving(image);
  if (!mayKnowOf(member, command)) throw memberNotFound();
  authorize('modify_member', identity, image.relation);
  assertShared(image);
  const from = members.get(member);
  if (from === undefined) throw memberNotFound();
  return from === to ? [] : [answer({ image_id: image.image_id, member_id: member, from }, to)];
}

function answer(ids: { image_id: string; member_id: string; from: MemberStatus }, to: MemberStatus): MemberEvent {
  switch (to) {
    case 'accepted':
      return { type: 'MemberAccepted', data: { ...ids, to } };
    case 'rejected':
      return { type: 'MemberRejected', data: { ...ids, to } };
    case 'pending':
      return { type: 'MemberReset', data: { ...ids, to } };
  }
}
