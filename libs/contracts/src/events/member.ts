import Type from 'typebox';
import { defineEvent, type EventOf } from './definition.js';

const ids = {
  image_id: Type.String({ description: 'Image id in lowercase' }),
  member_id: Type.String({ description: 'Project id of the consumer' }),
};
const Status = Type.Enum(['pending', 'accepted', 'rejected']);
const IMAGE = '9c1f3f0e-8d2a-4c3b-9a55-0d1f5a0b7e11';
const MEMBER = '7a1d0c4b8e2a4f0c9d3b5a7e6c8f1d2b';

/** Every fact about who an image is shared with. The stream is `membership-<image id in lowercase>`. */
export const memberEvents = {
  MemberAdded: defineEvent({
    kind: 'member',
    type: 'MemberAdded',
    version: 1,
    summary: 'The producer shared the image with a project.',
    schema: Type.Object({ ...ids, from: Type.Null(), to: Type.Literal('pending') }),
    sample: { image_id: IMAGE, member_id: MEMBER, from: null, to: 'pending' },
  }),
  MemberAccepted: defineEvent({
    kind: 'member',
    type: 'MemberAccepted',
    version: 1,
    summary: 'The consumer accepted: the image appears in its list.',
    schema: Type.Object({ ...ids, from: Status, to: Type.Literal('accepted') }),
    sample: { image_id: IMAGE, member_id: MEMBER, from: 'pending', to: 'accepted' },
  }),
  MemberRejected: defineEvent({
    kind: 'member',
    type: 'MemberRejected',
    version: 1,
    summary: 'The consumer declined: the image does not appear in its list.',
    schema: Type.Object({ ...ids, from: Status, to: Type.Literal('rejected') }),
    sample: { image_id: IMAGE, member_id: MEMBER, from: 'pending', to: 'rejected' },
  }),
  MemberReset: defineEvent({
    kind: 'member',
    type: 'MemberReset',
    version: 1,
    summary: 'The consumer put its answer back to pending.',
    schema: Type.Object({ ...ids, from: Status, to: Type.Literal('pending') }),
    sample: { image_id: IMAGE, member_id: MEMBER, from: 'accepted', to: 'pending' },
  }),
  MemberRemoved: defineEvent({
    kind: 'member',
    type: 'MemberRemoved',
    version: 1,
    summary: 'The producer stopped sharing the image with a project.',
    schema: Type.Object({ ...ids, from: Status, to: Type.Null() }),
    sample: { image_id: IMAGE, member_id: MEMBER, from: 'accepted', to: null },
  }),
  MembershipClosed: defineEvent({
    kind: 'member',
    type: 'MembershipClosed',
    version: 1,
    summary: 'The image was purged; nobody can be added any more.',
    schema: Type.Object({ image_id: ids.image_id }),
    sample: { image_id: IMAGE },
  }),
} as const;

export type MemberEvent = EventOf<typeof memberEvents>;
