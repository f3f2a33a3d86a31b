import { created, ID, imageAfter, refusal, rules } from '../image/testing/given.js';
import { tagImage } from './tag-image.js';

const full = imageAfter(created({ tags: Array.from({ length: 128 }, (_, i) => `t${i}`) }));

describe('tagging an image', () => {
  it('adds a tag once', () => {
    expect(tagImage('é/~', imageAfter(created()), rules)).toEqual([
      { type: 'ImageTagged', data: { image_id: ID, tag: 'é/~' } },
    ]);
    expect(tagImage('a', imageAfter(created({ tags: ['a'] })), rules)).toEqual([]);
  });

  it('takes 128 and not one more, but repeats any of them', () => {
    expect(() => tagImage('one', full, rules)).toThrow(refusal('limit-exceeded'));
    expect(tagImage('t7', full, rules)).toEqual([]);
  });

  it.each(['x'.repeat(256), 'a\u0000'])('refuses what is no tag', (tag) => {
    expect(() => tagImage(tag, imageAfter(created()), rules)).toThrow(refusal('schema-violation'));
  });
});
