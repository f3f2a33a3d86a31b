import { imageNotFound, Refusal, type Identity, type MemberEvent } from '@cloud-images/contracts';
import type { Membership } from '@cloud-images/image-model';
import { assertMembersOf, assertShared, type ShownImage } from '../membership/shown-image.js';

// The producer offers a shared image to a project, which sees it as pending until it answers. Its owner's
// limit of members holds because all of them are one stream.

export interface AddMember {
  readonly image: ShownImage;
  readonly member: string;
  readonly caller: Identity;
  /** Of members that an image of its owner may have. */
  readonly limit: number;
}

export function addMember({ image, member, caller, limit }: AddMember, state: Membership): MemberEvent[] {
  assertShared(image);
  assertMembersOf(image, 'add_member', caller);
  if (state.closed) throw imageNotFound();
  if (state.members.has(member)) {
    throw new Refusal('member-exists', 'The image is already shared with this project.');
  }
  if (state.members.size >= limit) {
    throw new Refusal('limit-exceeded', `An image has at most ${limit} members; this one has ${state.members.size}.`);
  }
  return [{ type: 'MemberAdded', data: { image_id: image.image_id, member_id: member, from: null, to: 'pending' } }];
}
