import type { MemberStatus } from '../membership/membership.js';
import {
  accepted,
  added,
  byAdmin,
  byAnyone,
  byConsumer,
  byOwner,
  CONSUMER,
  given,
  IMAGE,
  ofImage,
  refusal,
  rejected,
  removed,
} from '../membership/testing/given.js';
import { updateMember } from './update-member.js';

const status = 'accepted' as const;
const update = { member: CONSUMER, status };
const histories = {
  pending: [added()],
  accepted: [added(), accepted()],
  rejected: [added(), rejected()],
};
const facts = { accepted: 'MemberAccepted', rejected: 'MemberRejected', pending: 'MemberReset' };
const statuses = Object.keys(histories) as MemberStatus[];
const moves = statuses.flatMap((from) => statuses.filter((to) => to !== from).map((to) => [from, to] as const));

describe('answering as a member', () => {
  it.each(moves)('given a member that is %s, when it says %s, then that is a fact', (from, to) => {
    expect(updateMember({ member: CONSUMER, status: to, ...byConsumer() }, given(...histories[from]))).toEqual([
      { type: facts[to], data: { image_id: IMAGE, member_id: CONSUMER, from, to } },
    ]);
  });

  it.each(statuses)('given a member that is %s, when it says so again, then nothing happened', (same) => {
    const state = given(...histories[same]);
    expect(updateMember({ member: CONSUMER, status: same, ...byConsumer() }, state)).toEqual([]);
  });

  it('by an admin, then it is recorded as any answer', () => {
    expect(updateMember({ ...update, ...byAdmin() }, given(added()))).toHaveLength(1);
  });

  it.each([
    ['the producer', byOwner()],
    ['a reader of the consuming project', byConsumer(['reader'])],
  ])('by %s, then forbidden', (_who, asked) => {
    expect(() => updateMember({ ...update, ...asked }, given(added()))).toThrow(refusal('forbidden'));
  });

  it.each([
    ['by another member', byConsumer(['member'], 'another'), [added(), added('another')]],
    ['by someone who sees the image because it is public', byAnyone(), [added()]],
    ['by an admin, of a project that is no member', byAdmin(), []],
    ['by an admin, of a project that was removed', byAdmin(), [added(), removed()]],
    ['of a deleted image', ofImage(byAdmin(), { deleted: true }), [added()]],
  ])('%s, then there is no such member', (_what, asked, events) => {
    expect(() => updateMember({ ...update, ...asked }, given(...events))).toThrow(refusal('not-found'));
  });

  it('given an image that is shared no more, then even an admin is refused', () => {
    const asked = ofImage(byAdmin(), { visibility: 'private' });
    expect(() => updateMember({ ...update, ...asked }, given(added()))).toThrow(refusal('not-shared'));
  });
});
