import {
  created,
  imageAfter,
  importFailed,
  importStarted,
  noImage,
  staged,
  TASK,
  uploaded,
  uploadStarted,
} from '../image/testing/given.js';
import { failImport } from './fail-import.js';

describe('an import that came to nothing', () => {
  it('gives the image back, to be uploaded or imported anew', () => {
    expect(failImport(TASK, 'gone', imageAfter(created(), importStarted()))).toEqual([importFailed('gone')]);
    const taken = imageAfter(created(), uploadStarted(), staged(), importStarted('uploading'));
    expect(failImport(TASK, 'gone', taken)).toEqual([importFailed('gone')]);
  });

  it('given that the image is not the task’s, then nothing happened', () => {
    for (const state of [
      noImage,
      imageAfter(created()),
      imageAfter(created(), ...uploaded()),
      imageAfter(created(), importStarted('queued', 'another')),
    ]) {
      expect(failImport(TASK, 'gone', state)).toEqual([]);
    }
  });
});
