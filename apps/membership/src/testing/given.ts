import type { AppendedEvent, Identity, MemberEvent } from '@cloud-images/contracts';
import { type Membership, membershipAggregate } from '@cloud-images/image-model';
import type { ShownImage } from '../membership/shown-image.js';

export const IMAGE = '9c1f3f0e-8d2a-4c3b-9a55-0d1f5a0b7e11';

export const owner: Identity = {
  user: 'u',
  project: 'producer',
  roles: ['member'],
  via: 'gateway',
  source: 'embedded',
};
export const consumer: Identity = { ...owner, project: 'consumer' };
export const operator: Identity = { ...owner, project: 'admin', roles: ['admin'] };
export const reader: Identity = { ...owner, roles: ['reader'] };

export const shown = (relation: ShownImage['relation'], more: Partial<ShownImage> = {}): ShownImage => ({
  image_id: IMAGE,
  owner: 'producer',
  visibility: 'shared',
  relation,
  deleted: false,
  ...more,
});

export const added = (member_id: string): MemberEvent => ({
  type: 'MemberAdded',
  data: { image_id: IMAGE, member_id, from: null, to: 'pending' },
});

/** The state after these events, one second apart. */
export function membershipAfter(...events: MemberEvent[]): Membership {
  return events.reduce(
    (state, event, at) =>
      membershipAggregate.evolve(state, {
        ...event,
        event_id: `e${at}`,
        stream: `membership-${IMAGE}`,
        version: at + 1,
        schema_version: 1,
        recorded_at: `2026-11-24T00:00:${String(at % 60).padStart(2, '0')}.000000Z`,
        metadata: { actor: owner, request_id: 'r', correlation_id: 'r' },
      } as AppendedEvent<MemberEvent>),
    membershipAggregate.initial,
  );
}

export const refusal = (code: string) => expect.objectContaining({ name: 'Refusal', code });
