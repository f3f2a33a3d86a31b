import {
  ATTEMPT,
  created,
  evolved,
  ID,
  imageAfter,
  KEY,
  killed,
  noImage,
  uploaded,
  uploadStarted,
} from '../image/testing/given.js';
import { failUpload } from './fail-upload.js';

const saving = imageAfter(created(), uploadStarted());
const failed = { attempt: ATTEMPT, reason: 'client gone', killed: false };

describe('a failed upload', () => {
  it('puts the image back to queued, free for another attempt', () => {
    const facts = failUpload(failed, saving);
    expect(facts).toEqual([
      {
        type: 'ImageUploadFailed',
        data: { image_id: ID, attempt: ATTEMPT, key: KEY, from: 'saving', to: 'queued', reason: 'client gone' },
      },
    ]);
    expect(evolved(saving, facts)).toMatchObject({ status: 'queued', upload: null, data: null });
  });

  it('kills the image when what was stored is not what was received', () => {
    expect(failUpload({ attempt: ATTEMPT, reason: 'lost', killed: true }, saving)).toEqual([killed()]);
  });

  it('given that the attempt does not own the image, then nothing happened', () => {
    const other = imageAfter(created(), uploadStarted('6b0a1c8e-2b1c-4d7e-9d0a-3f1f6a7b8c9d'));
    for (const state of [noImage, imageAfter(created()), imageAfter(created(), ...uploaded()), other]) {
      expect(failUpload(failed, state)).toEqual([]);
    }
  });
});
