import { usageDocument } from './usage-document.js';

const limits = {
  images: 3,
  bytes: 1.5 * 1024 ** 2,
  uploads: Infinity,
  image_bytes: 1,
  members: 1,
  properties: 1,
  tags: 1,
};

describe('usage as it is shown', () => {
  it('is in MiB, the limit rounded down and the usage up, and −1 where there is no limit', () => {
    expect(usageDocument(limits, { images: 2, bytes: 1, uploads: 4 })).toEqual({
      image_size_total: { limit: 1, usage: 1 },
      image_stage_total: { limit: -1, usage: 0 },
      image_count_total: { limit: 3, usage: 2 },
      image_count_uploading: { limit: -1, usage: 4 },
    });
  });
});
