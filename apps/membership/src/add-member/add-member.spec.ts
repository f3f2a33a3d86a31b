import { added, consumer, IMAGE, membershipAfter, operator, owner, reader, refusal, shown } from '../testing/given.js';
import { addMember } from './add-member.js';

const add = (relation: 'owner' | 'member' | 'admin' | 'public', caller = owner, state = membershipAfter()) =>
  addMember({ image: shown(relation), member: 'consumer', caller, limit: 128 }, state);

describe('adding a member', () => {
  it('given a shared image of mine, then the project is pending', () => {
    expect(add('owner')).toEqual([
      { type: 'MemberAdded', data: { image_id: IMAGE, member_id: 'consumer', from: null, to: 'pending' } },
    ]);
    expect(add('admin', operator)).toHaveLength(1);
  });

  it('given a project that was removed, then it is added again and keeps the time of its first adding', () => {
    const removed = {
      type: 'MemberRemoved',
      data: { image_id: IMAGE, member_id: 'consumer', from: 'pending', to: null },
    } as const;
    const state = membershipAfter(added('consumer'), removed);
    expect(add('owner', owner, state)).toHaveLength(1);
    const again = membershipAfter(added('consumer'), removed, added('consumer'));
    expect(again.members.get('consumer')).toMatchObject({
      created_at: '2026-11-24T00:00:00.000000Z',
      updated_at: '2026-11-24T00:00:02.000000Z',
    });
  });

  it('given a member, when it adds another, then refused as forbidden', () => {
    expect(() => add('member', consumer)).toThrow(refusal('forbidden'));
    expect(() => add('owner', reader)).toThrow(refusal('forbidden'));
  });

  it('given a project that is there, then refused as a duplicate', () => {
    expect(() => add('owner', owner, membershipAfter(added('consumer')))).toThrow(refusal('member-exists'));
  });

  it('given 128 members, then one more is refused', () => {
    const full = membershipAfter(...Array.from({ length: 128 }, (_, i) => added(`p${i}`)));
    expect(() => add('owner', owner, full)).toThrow(refusal('limit-exceeded'));
  });

  it('given an image that is not shared, deleted or purged, then refused', () => {
    const to =
      (more: object, state = membershipAfter()) =>
      () =>
        addMember({ image: shown('owner', more), member: 'consumer', caller: owner, limit: 128 }, state);
    expect(to({ visibility: 'private' })).toThrow(refusal('not-shared'));
    expect(to({ deleted: true })).toThrow(refusal('not-found'));
    const closed = membershipAfter({ type: 'MembershipClosed', data: { image_id: IMAGE } });
    expect(to({}, closed)).toThrow(refusal('not-found'));
  });
});
