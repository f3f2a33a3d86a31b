import type { ImageEvent } from '@cloud-images/contracts';
import {
  activated,
  ATTEMPT,
  created,
  deactivated,
  digests,
  ID,
  imageAfter,
  KEY,
  noImage,
  purged,
  refusal,
  scheduled,
  uploaded,
  uploadStarted,
} from '../image/testing/given.js';
import { completeUpload } from './complete-upload.js';

const command = { attempt: ATTEMPT, ...digests };
const expired: ImageEvent = {
  type: 'ImageUploadExpired',
  data: { image_id: ID, attempt: ATTEMPT, key: KEY, from: 'saving', to: 'queued' },
};

describe('completing an upload', () => {
  it('given the attempt that owns the image, then it is active with that data', () => {
    expect(completeUpload(command, imageAfter(created(), uploadStarted()))).toEqual([activated()]);
  });

  it.each<[string, ImageEvent[]]>([
    ['once', uploaded()],
    ['and the image was deactivated since', [...uploaded(), deactivated()]],
    ['and the image was deleted since', [...uploaded(), scheduled(), purged()]],
  ])('given that it did so already %s, then nothing happened', (_case, events) => {
    expect(completeUpload(command, imageAfter(created(), ...events))).toEqual([]);
  });

  it.each<[string, ImageEvent[]]>([
    ['an expired attempt', [uploadStarted(), expired]],
    ['another attempt', [uploadStarted('6b0a1c8e-2b1c-4d7e-9d0a-3f1f6a7b8c9d')]],
    ['none', []],
  ])('given %s, then it is superseded', (_case, events) => {
    expect(() => completeUpload(command, imageAfter(created(), ...events))).toThrow(refusal('attempt-superseded'));
  });

  it('given that the image was deleted meanwhile, then it is gone', () => {
    const deleted: ImageEvent = {
      type: 'ImageDeleted',
      data: { image_id: ID, from: 'saving', to: 'deleted', key: KEY },
    };
    expect(() => completeUpload(command, imageAfter(created(), uploadStarted(), deleted))).toThrow(refusal('gone'));
  });

  it('given no image, then it is superseded', () => {
    expect(() => completeUpload(command, noImage)).toThrow(refusal('attempt-superseded'));
  });
});
