import type { MemberEvent } from '@cloud-images/contracts';
import type { MembershipState } from '../membership/membership.js';

// When an image is gone for good, so is its membership; an image that was never shared leaves no trace here. An id is
// never used again, so nothing reopens it.

export function closeMembership(imageId: string, { closed }: MembershipState, version: number): MemberEvent[] {
  return closed || version === 0 ? [] : [{ type: 'MembershipClosed', data: { image_id: imageId } }];
}
