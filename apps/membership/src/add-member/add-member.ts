import { authorize, imageNotFound, Refusal, type MemberEvent } from '@cloud-images/contracts';
import type { MembershipState } from '../membership/membership.js';
import { assertLiving, assertShared, type Asked } from '../membership/shared-image.js';

// The producer shares its image with a project, which can use it from then on and answers when it likes. An image has
// 128 members at most: decided on its one stream, so that no two calls can both be the last.

const MOST_MEMBERS = 128;

export interface AddMember extends Asked {
  readonly member: string;
}

export function addMember({ member, identity, image }: AddMember, { members, closed }: MembershipState): MemberEvent[] {
  assertLiving(image);
  authorize('add_member', identity, image.relation);
  assertShared(image);
  if (closed) throw imageNotFound();
  if (members.has(member)) throw new Refusal('member-exists', 'This project is already a member of the image.');
  if (members.size >= MOST_MEMBERS) {
    throw new Refusal('limit-exceeded', `An image can have ${MOST_MEMBERS} members at most.`);
  }
  return [{ type: 'MemberAdded', data: { image_id: image.image_id, member_id: member, from: null, to: 'pending' } }];
}
