import type { Member } from './membership.js';
import { wholeSeconds } from './render-image.js';

/** A member as the API shows it (facts 2); times in whole seconds. */
export function renderMember(imageId: string, memberId: string, { status, created_at, updated_at }: Member) {
  return {
    member_id: memberId,
    image_id: imageId,
    status,
    created_at: wholeSeconds(created_at),
    updated_at: wholeSeconds(updated_at),
    schema: '/v2/schemas/member',
  };
}
