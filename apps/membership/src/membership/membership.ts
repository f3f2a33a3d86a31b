import type { AppendedEvent, MemberEvent } from '@cloud-images/contracts';

export type MemberStatus = 'pending' | 'accepted' | 'rejected';

/** Who one image is shared with, now. What was, and when, is the read model's business. */
export interface MembershipState {
  /** Project id → its answer. */
  readonly members: ReadonlyMap<string, MemberStatus>;
  /** The image is gone for good. */
  readonly closed: boolean;
}

export const noMembers: MembershipState = { members: new Map(), closed: false };

/** The fold of one image's membership stream. */
export function evolve(state: MembershipState, event: AppendedEvent<MemberEvent>): MembershipState {
  if (event.type === 'MembershipClosed') return { members: new Map(), closed: true };
  const members = new Map(state.members);
  const { member_id, to } = event.data;
  if (to === null) members.delete(member_id);
  else members.set(member_id, to);
  return { ...state, members };
}
