import { added, closed, given, IMAGE, removed } from '../membership/testing/given.js';
import { closeMembership } from './close-membership.js';

describe('closing the membership of an image that is gone', () => {
  it.each([
    ['members', [added()]],
    ['members once', [added(), removed()]],
  ])('given an image that had %s, then it is closed, and nobody is a member', (_what, events) => {
    const facts = closeMembership(IMAGE, given(...events), events.length);
    expect(facts).toEqual([{ type: 'MembershipClosed', data: { image_id: IMAGE } }]);
    expect(given(...events, ...facts)).toEqual({ members: new Map(), closed: true });
  });

  it('given one that is closed, when told again, then nothing happened', () => {
    expect(closeMembership(IMAGE, given(added(), closed()), 2)).toEqual([]);
  });

  it('given an image that was never shared, then nothing happened', () => {
    expect(closeMembership(IMAGE, given(), 0)).toEqual([]);
  });
});
