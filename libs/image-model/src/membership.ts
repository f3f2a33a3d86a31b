import type { MemberEvent } from '@cloud-images/contracts';
import type { Aggregate } from '@cloud-images/event-store';
import type { MemberStatus } from './access.js';

export interface Member {
  readonly status: MemberStatus;
  /** Of the first time that the project was added: a member that comes back is the old one. */
  readonly created_at: string;
  readonly updated_at: string;
}

/** Who an image is shared with. One stream per image, so that its limit holds without a lock. */
export interface Membership {
  readonly members: ReadonlyMap<string, Member>;
  /** When each project was first added, also those that are gone. */
  readonly firstAdded: ReadonlyMap<string, string>;
  /** The image was purged. */
  readonly closed: boolean;
}

export const membershipAggregate: Aggregate<Membership, MemberEvent> = {
  initial: { members: new Map(), firstAdded: new Map(), closed: false },
  evolve: (state, event) => {
    if (event.type === 'MembershipClosed') return { ...state, closed: true };
    const { member_id: id, to } = event.data;
    const members = new Map(state.members);
    if (to === null) {
      members.delete(id);
      return { ...state, members };
    }
    const created = state.firstAdded.get(id) ?? event.recorded_at;
    members.set(id, { status: to, created_at: created, updated_at: event.recorded_at });
    const firstAdded = state.firstAdded.has(id) ? state.firstAdded : new Map(state.firstAdded).set(id, created);
    return { ...state, members, firstAdded };
  },
};
