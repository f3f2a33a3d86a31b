import { streamId, type RecordedEvent } from '@cloud-images/contracts';
import { createInbox, type Inbox, type InboxOptions } from '@cloud-images/event-store';
import { membersProjection } from '../read-model/members.projection.js';

/** Takes member events from whoever brings them: pushed by their owner, or later by the bus. An `Inbox`. */
export const MEMBER_INBOX = Symbol('member inbox');

const stream = /^membership-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export const createMemberInbox = (options: Omit<InboxOptions, 'projections'>): Inbox =>
  createInbox({ ...options, projections: [membersProjection] });

/** An event that can be taken: of a membership stream, at a place in it. */
export const isMemberEvent = (event: RecordedEvent): boolean =>
  typeof event === 'object' &&
  event !== null &&
  typeof event.stream === 'string' &&
  stream.test(event.stream) &&
  typeof event.event_id === 'string' &&
  Number.isInteger(event.version) &&
  event.version > 0 &&
  typeof event.type === 'string' &&
  typeof event.data === 'object' &&
  event.data !== null &&
  concerns(event.data, streamId(event.stream));

const concerns = (data: object, image: string): boolean => (data as { image_id?: unknown }).image_id === image;
