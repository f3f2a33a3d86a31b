import type { MemberStatus } from '@cloud-images/image-model';
import { added, consumer, IMAGE, membershipAfter, operator, owner, refusal, shown } from '../testing/given.js';
import { updateMember } from './update-member.js';

const state = membershipAfter(added('consumer'));
const answer = (
  status: MemberStatus,
  relation: 'owner' | 'member' | 'admin' = 'member',
  caller = consumer,
  member = 'consumer',
) => updateMember({ image: shown(relation), member, status, caller }, state);

describe('answering an offer', () => {
  it('given a pending member, then it accepts, rejects, or stays', () => {
    const ids = { image_id: IMAGE, member_id: 'consumer', from: 'pending' };
    expect(answer('accepted')).toEqual([{ type: 'MemberAccepted', data: { ...ids, to: 'accepted' } }]);
    expect(answer('rejected')).toEqual([{ type: 'MemberRejected', data: { ...ids, to: 'rejected' } }]);
    expect(answer('pending')).toEqual([]);
  });

  it('given an accepted member, then it may go back to pending', () => {
    const accepted = membershipAfter(added('consumer'), answer('accepted')[0] as never);
    const back = updateMember(
      { image: shown('member'), member: 'consumer', status: 'pending', caller: consumer },
      accepted,
    );
    expect(back).toMatchObject([{ type: 'MemberReset', data: { from: 'accepted', to: 'pending' } }]);
  });

  it('given the producer, then refused as forbidden; an operator may', () => {
    expect(() => answer('accepted', 'owner', owner)).toThrow(refusal('forbidden'));
    expect(answer('accepted', 'admin', operator)).toHaveLength(1);
  });

  it('given a member that answers for another one, then that one is not found', () => {
    const two = membershipAfter(added('consumer'), added('neighbour'));
    const command = { image: shown('member'), member: 'neighbour', status: 'accepted', caller: consumer } as const;
    expect(() => updateMember(command, two)).toThrow(refusal('not-found'));
  });

  it('given another member or none, then not found', () => {
    expect(() => answer('accepted', 'member', consumer, 'somebody')).toThrow(refusal('not-found'));
    expect(() => answer('accepted', 'admin', operator, 'somebody')).toThrow(refusal('not-found'));
  });
});
