import { created, ID, imageAfter, refusal } from '../image/testing/given.js';
import { untagImage } from './untag-image.js';

describe('untagging an image', () => {
  it('removes a tag that is there, and finds no other', () => {
    const image = imageAfter(created({ tags: ['a', 'b'] }));
    expect(untagImage('b', image)).toEqual([{ type: 'ImageUntagged', data: { image_id: ID, tag: 'b' } }]);
    expect(() => untagImage('c', image)).toThrow(refusal('not-found'));
  });
});
