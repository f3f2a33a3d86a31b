import {
  ATTEMPT,
  created,
  ID,
  imageAfter,
  importFailed,
  importStarted,
  KEY,
  noImage,
  staged,
  uploaded,
  uploadStarted,
} from '../image/testing/given.js';
import { expireUpload } from './expire-upload.js';

describe('an upload whose lease ran out', () => {
  it('puts the image back to queued', () => {
    expect(expireUpload(ATTEMPT, imageAfter(created(), uploadStarted()))).toEqual([
      { type: 'ImageUploadExpired', data: { image_id: ID, attempt: ATTEMPT, key: KEY, from: 'saving', to: 'queued' } },
    ]);
  });

  it('puts the image back to queued when nobody imported what lay ready, or the importing worker is gone', () => {
    expect(expireUpload(ATTEMPT, imageAfter(created(), uploadStarted(), staged()))).toMatchObject([
      { type: 'ImageStagingExpired', data: { attempt: ATTEMPT, from: 'uploading', to: 'queued' } },
    ]);
    expect(expireUpload(ATTEMPT, imageAfter(created(), importStarted()))).toEqual([
      importFailed('The worker was not heard of any more.'),
    ]);
  });

  it('given that it ended otherwise, then nothing happened', () => {
    for (const state of [noImage, imageAfter(created()), imageAfter(created(), ...uploaded())]) {
      expect(expireUpload(ATTEMPT, state)).toEqual([]);
    }
  });
});
