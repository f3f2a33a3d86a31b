import { added, consumer, membershipAfter, owner, refusal, shown } from '../testing/given.js';
import { removeMember } from './remove-member.js';

const state = membershipAfter(added('consumer'));

describe('removing a member', () => {
  it('given a member of my image, then it is gone, whatever it had answered', () => {
    const events = removeMember({ image: shown('owner'), member: 'consumer', caller: owner }, state);
    expect(events).toMatchObject([{ type: 'MemberRemoved', data: { from: 'pending', to: null } }]);
    expect(membershipAfter(added('consumer'), ...events).members.size).toBe(0);
  });

  it.each([
    ['accepted', 'MemberAccepted'],
    ['rejected', 'MemberRejected'],
  ] as const)('given a member that had %s, then the event says so', (status, type) => {
    const ids = { image_id: shown('owner').image_id, member_id: 'consumer', from: 'pending' } as const;
    const answered = membershipAfter(added('consumer'), { type, data: { ...ids, to: status } } as never);
    const events = removeMember({ image: shown('owner'), member: 'consumer', caller: owner }, answered);
    expect(events).toMatchObject([{ type: 'MemberRemoved', data: { from: status, to: null } }]);
  });

  it('given the member itself, then refused as forbidden', () => {
    expect(() => removeMember({ image: shown('member'), member: 'consumer', caller: consumer }, state)).toThrow(
      refusal('forbidden'),
    );
  });

  it('given a project that is no member, then not found', () => {
    expect(() => removeMember({ image: shown('owner'), member: 'x', caller: owner }, state)).toThrow(
      refusal('not-found'),
    );
  });
});
