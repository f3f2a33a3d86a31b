import { imageNotFound, Refusal, type Identity, type MemberEvent } from '@cloud-images/contracts';
import type { Membership } from '../membership/membership.js';
import { assertMembersOf, assertShared, type ShownImage } from '../membership/shown-image.js';

// The producer offers a shared image to a project, which sees it as pending until it answers. At most 128 members at a
// time; the limit holds because all of them are one stream.

const MOST_MEMBERS = 128;

export interface AddMember {
  readonly image: ShownImage;
  readonly member: string;
  readonly caller: Identity;
}

export function addMember({ image, member, caller }: AddMember, state: Membership): MemberEvent[] {
  assertShared(image);
  assertMembersOf(image, 'add_member', caller);
  if (state.closed) throw imageNotFound();
  if (state.members.has(member)) {
    throw new Refusal('member-exists', 'The image is already shared with this project.');
  }
  if (state.members.size >= MOST_MEMBERS) {
    throw new Refusal(
      'limit-exceeded',
      `An image has at most ${MOST_MEMBERS} members; this one has ${state.members.size}.`,
    );
  }
  return [{ type: 'MemberAdded', data: { image_id: image.image_id, member_id: member, from: null, to: 'pending' } }];
}
