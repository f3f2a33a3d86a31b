import type { ImageEvent } from '@cloud-images/contracts';
import { blobFate } from './blob-fate.js';
import { blobKeyOf } from './blob-key.js';
import {
  ATTEMPT,
  created,
  deactivated,
  ID,
  imageAfter,
  KEY,
  killed,
  noImage,
  purged,
  scheduled,
  uploaded,
  uploadStarted,
} from './testing/given.js';

const failed: ImageEvent = {
  type: 'ImageUploadFailed',
  data: { image_id: ID, attempt: ATTEMPT, key: KEY, from: 'saving', to: 'queued', reason: 'client gone' },
};
const gone: ImageEvent[] = [...uploaded(), scheduled(), purged()];
const again = uploadStarted('6b0a1c8e-2b1c-4d7e-9d0a-3f1f6a7b8c9d');

describe('what becomes of a blob', () => {
  it.each<[string, ImageEvent[], string]>([
    ['an upload under way', [uploadStarted()], 'used'],
    ['an active image', uploaded(), 'used'],
    ['a deactivated image', [...uploaded(), deactivated()], 'used'],
    ['an image that can be restored', [...uploaded(), scheduled()], 'used'],
    ['an image that is gone', gone, 'deleted'],
    [
      'data that was removed',
      [...gone, { type: 'ImageDataRemoved', data: { image_id: ID, key: KEY, size: 10 } }],
      'left behind',
    ],
    ['a failed attempt', [uploadStarted(), failed], 'left behind'],
    ['a failed attempt, while another is under way', [uploadStarted(), failed, again], 'left behind'],
    ['a killed image', [uploadStarted(), killed()], 'left behind'],
    [
      'an image deleted while saving',
      [uploadStarted(), { type: 'ImageDeleted', data: { image_id: ID, from: 'saving', to: 'deleted', key: null } }],
      'deleted',
    ],
  ])('of %s: %s', (_case, events, fate) => {
    expect(blobFate(imageAfter(created(), ...events), KEY)).toBe(fate);
  });

  it('of no image: unknown', () => {
    expect(blobFate(noImage, KEY)).toBe('unknown');
  });
});

it('gives each attempt a key of its own', () => {
  expect(blobKeyOf(ATTEMPT)).toBe(KEY);
});
