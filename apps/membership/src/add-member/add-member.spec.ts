import {
  added,
  byAdmin,
  byAnyone,
  byConsumer,
  byOwner,
  closed,
  CONSUMER,
  given,
  IMAGE,
  ofImage,
  refusal,
  removed,
} from '../membership/testing/given.js';
import { addMember } from './add-member.js';

const fact = { type: 'MemberAdded', data: { image_id: IMAGE, member_id: CONSUMER, from: null, to: 'pending' } };
const add = { member: CONSUMER };
const full = given(...Array.from({ length: 128 }, (_, i) => added(`p${i}`)));

describe('adding a member', () => {
  it.each([
    ['the producer', byOwner()],
    ['a creator of the producing project', byOwner(['cloudImages:creator'])],
    ['an admin', byAdmin()],
  ])('by %s, then the project is a member that has not answered', (_who, asked) => {
    expect(addMember({ ...add, ...asked }, given())).toEqual([fact]);
  });

  it('given a project that was removed, then it is a member again', () => {
    expect(addMember({ ...add, ...byOwner() }, given(added(), removed()))).toEqual([fact]);
  });

  it('given a member, when added again, then refused as there already', () => {
    expect(() => addMember({ ...add, ...byOwner() }, given(added()))).toThrow(refusal('member-exists'));
  });

  it('given 128 members, then there is no room for another, until one is removed', () => {
    expect(() => addMember({ ...add, ...byOwner() }, full)).toThrow(refusal('limit-exceeded'));
    expect(() => addMember({ member: 'p7', ...byOwner() }, full)).toThrow(refusal('member-exists'));
    const members = new Map(full.members);
    members.delete('p7');
    expect(addMember({ ...add, ...byOwner() }, { ...full, members })).toEqual([fact]);
  });

  it.each(['private', 'public', 'community'] as const)('given an image that is %s, then refused', (visibility) => {
    expect(() => addMember({ ...add, ...ofImage(byOwner(), { visibility }) }, given())).toThrow(refusal('not-shared'));
    expect(() => addMember({ ...add, ...ofImage(byAdmin(), { visibility }) }, given())).toThrow(refusal('not-shared'));
  });

  it.each([
    ['a reader of the producing project', byOwner(['reader'])],
    ['a member of the image', byConsumer()],
    ['someone who sees it because it is public', byAnyone()],
  ])('by %s, then forbidden', (_who, asked) => {
    expect(() => addMember({ ...add, ...asked }, given())).toThrow(refusal('forbidden'));
  });

  it('given an image that is deleted or gone for good, then there is no image', () => {
    const deleted = ofImage(byOwner(), { deleted: true });
    expect(() => addMember({ ...add, ...deleted }, given())).toThrow(refusal('not-found'));
    expect(() => addMember({ ...add, ...byOwner() }, given(added(), closed()))).toThrow(refusal('not-found'));
  });
});
