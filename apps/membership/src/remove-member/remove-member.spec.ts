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
  removed,
} from '../membership/testing/given.js';
import { removeMember } from './remove-member.js';

const remove = { member: CONSUMER };
const fact = (from: string) => ({
  type: 'MemberRemoved',
  data: { image_id: IMAGE, member_id: CONSUMER, from, to: null },
});

describe('removing a member', () => {
  it('by the producer or an admin, then it is a member no more, whatever it had answered', () => {
    expect(removeMember({ ...remove, ...byOwner() }, given(added()))).toEqual([fact('pending')]);
    expect(removeMember({ ...remove, ...byAdmin() }, given(added(), accepted()))).toEqual([fact('accepted')]);
  });

  it('given an image that is private meanwhile, then a member that was kept can be removed', () => {
    const asked = ofImage(byOwner(), { visibility: 'private' });
    expect(removeMember({ ...remove, ...asked }, given(added()))).toEqual([fact('pending')]);
  });

  it.each([
    ['the member itself', byConsumer()],
    ['a creator, who deletes nothing', byOwner(['cloudImages:creator'])],
    ['a reader', byOwner(['reader'])],
    ['someone who sees the image because it is public', byAnyone()],
  ])('by %s, then forbidden', (_who, asked) => {
    expect(() => removeMember({ ...remove, ...asked }, given(added()))).toThrow(refusal('forbidden'));
  });

  it.each([
    ['a project that never was a member', byOwner(), []],
    ['a project that was removed before', byOwner(), [added(), removed()]],
    ['a deleted image', ofImage(byOwner(), { deleted: true }), [added()]],
  ])('given %s, then there is no such member', (_what, asked, events) => {
    expect(() => removeMember({ ...remove, ...asked }, given(...events))).toThrow(refusal('not-found'));
  });
});
