import {
  ATTEMPT,
  created,
  digests,
  evolved,
  imageAfter,
  noImage,
  refusal,
  staged,
  uploaded,
  uploadStarted,
} from '../image/testing/given.js';
import { stageData } from './stage-data.js';

const command = { attempt: ATTEMPT, ...digests };
const saving = imageAfter(created(), uploadStarted());

describe('staging data', () => {
  it('lets it lie ready for an import, and count', () => {
    const facts = stageData(command, saving);
    expect(facts).toEqual([staged()]);
    expect(evolved(saving, facts)).toMatchObject({
      ...{ status: 'uploading', data: null, staged: digests, upload: { attempt: ATTEMPT, reserved: digests.size } },
    });
  });

  it('given that it lies there already, then nothing happened', () => {
    expect(stageData(command, imageAfter(created(), uploadStarted(), staged()))).toEqual([]);
  });

  it('given that the attempt does not own the image, then it is told so', () => {
    for (const state of [noImage, imageAfter(created()), imageAfter(created(), ...uploaded())]) {
      expect(() => stageData(command, state)).toThrow(refusal('attempt-superseded'));
    }
  });
});
