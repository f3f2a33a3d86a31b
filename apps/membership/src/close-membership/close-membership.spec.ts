import { added, IMAGE, membershipAfter } from '../testing/given.js';
import { closeMembership } from './close-membership.js';

describe('closing the membership of a purged image', () => {
  it('given members, then it is closed once', () => {
    const events = closeMembership(IMAGE, membershipAfter(added('a')), 1);
    expect(events).toEqual([{ type: 'MembershipClosed', data: { image_id: IMAGE } }]);
    expect(closeMembership(IMAGE, membershipAfter(added('a'), ...events), 2)).toEqual([]);
  });

  it('given an image that was never shared, then nothing happened', () => {
    expect(closeMembership(IMAGE, membershipAfter(), 0)).toEqual([]);
  });
});
