import { created, deactivated, evolved, ID, imageAfter, refusal, scheduled, uploaded } from '../image/testing/given.js';
import { restoreImage } from './restore-image.js';

describe('restoring an image', () => {
  it.each([
    ['active' as const, [...uploaded()]],
    ['deactivated' as const, [...uploaded(), deactivated('admin')]],
  ])('given an image that was %s when it was deleted, then it is that again', (to, events) => {
    const living = imageAfter(created({ tags: ['a'], properties: { p: 'v' } }), ...events);
    const pending = evolved(living, [scheduled(to)]);
    const facts = restoreImage(pending);
    expect(facts).toEqual([{ type: 'ImageRestored', data: { image_id: ID, from: 'pending_delete', to } }]);
    expect({ ...evolved(pending, facts), updated_at: '' }).toEqual({ ...living, updated_at: '' });
  });

  it('given an image that lives, then there is nothing to restore', () => {
    expect(() => restoreImage(imageAfter(created(), ...uploaded()))).toThrow(refusal('status-conflict'));
  });
});
