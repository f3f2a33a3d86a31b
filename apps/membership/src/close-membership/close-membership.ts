import type { MemberEvent } from '@cloud-images/contracts';
import type { Membership } from '@cloud-images/image-model';

// The image is gone for good: nobody can be added any more. A membership that never was needs no end.

export function closeMembership(imageId: string, state: Membership, version: number): MemberEvent[] {
  if (version === 0 || state.closed) return [];
  return [{ type: 'MembershipClosed', data: { image_id: imageId } }];
}
