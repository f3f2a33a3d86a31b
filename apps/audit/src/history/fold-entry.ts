import { eventCatalogue, type AppendedEvent, type ImageEvent, type MemberEvent } from '@cloud-images/contracts';
import {
  imageAggregate,
  membershipAggregate,
  type Image,
  type ImageState,
  type Member,
  type Membership,
} from '@cloud-images/image-model';
import type { LedgerEntry } from '@cloud-images/ledger';

export type State = ImageState | Membership;

/** What a history has more of after an event. */
export type Change =
  | { readonly kind: 'image'; readonly image: Image }
  | { readonly kind: 'member'; readonly member: string; readonly now: Member | null }
  | { readonly kind: 'none' };

/** The others are of tasks, and of what only a newer release knows. */
export const isOfImage = ({ stream }: LedgerEntry): boolean => stream.startsWith('image-') || isMembers(stream);

const isMembers = (stream: string): boolean => stream.startsWith('membership-');

export const initialOf = (stream: string): State =>
  isMembers(stream) ? membershipAggregate.initial : imageAggregate.initial;

/** The same fold that decides commands. An event that only a newer release knows changes nothing here. */
export function foldEntry(state: State, entry: LedgerEntry): { readonly state: State; readonly change: Change } {
  if (!eventCatalogue.has(entry.type)) return { state, change: { kind: 'none' } };
  if (isMembers(entry.stream)) {
    const event = eventOf<MemberEvent>(entry);
    const next = membershipAggregate.evolve(state as Membership, event);
    if (event.type === 'MembershipClosed') return { state: next, change: { kind: 'none' } };
    const { member_id: member } = event.data;
    return { state: next, change: { kind: 'member', member, now: next.members.get(member) ?? null } };
  }
  const image = imageAggregate.evolve(state as ImageState, eventOf<ImageEvent>(entry));
  return { state: image, change: image.exists ? { kind: 'image', image } : { kind: 'none' } };
}

const eventOf = <E extends ImageEvent | MemberEvent>(entry: LedgerEntry): AppendedEvent<E> =>
  ({
    type: entry.type,
    data: entry.data,
    event_id: entry.id,
    stream: entry.stream,
    version: entry.version,
    schema_version: entry.schema_version,
    recorded_at: entry.time,
    metadata: { actor: entry.actor, request_id: entry.request_id, correlation_id: entry.correlation_id },
  }) as unknown as AppendedEvent<E>;
