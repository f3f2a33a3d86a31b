import type { ImageEvent } from '@cloud-images/contracts';
import {
  created,
  evolved,
  ID,
  imageAfter,
  KEY,
  noImage,
  purged,
  scheduled,
  uploaded,
  uploadStarted,
} from '../image/testing/given.js';
import { imageDataRemoved } from './remove-image-data.js';

const gone = imageAfter(created(), ...uploaded(), scheduled(), purged());

describe('the data of an image was removed', () => {
  it('given an image that is deleted for good, then it is told, once, and moves no time', () => {
    const facts = imageDataRemoved(KEY, gone);
    expect(facts).toEqual([{ type: 'ImageDataRemoved', data: { image_id: ID, key: KEY, size: 10 } }]);
    const after = evolved(gone, facts);
    expect(after.updated_at).toBe(gone.updated_at);
    expect(imageDataRemoved(KEY, after)).toEqual([]);
  });

  it('given an image that was deleted while it was saved, then it is told of what the upload had written', () => {
    const started = { type: 'ImageUploadStarted', data: { ...uploadStarted().data, declared_size: 7 } } as ImageEvent;
    const deleted = { image_id: ID, from: 'saving', to: 'deleted', key: null } as const;
    const cut = imageAfter(created(), started, { type: 'ImageDeleted', data: deleted });
    const facts = imageDataRemoved(KEY, cut);
    expect(facts).toEqual([{ type: 'ImageDataRemoved', data: { image_id: ID, key: KEY, size: 7 } }]);
    expect(imageDataRemoved(KEY, evolved(cut, facts))).toEqual([]);
  });

  it('given an image that lives, can be restored, or never was, then it is not', () => {
    const living = imageAfter(created(), ...uploaded());
    for (const state of [living, evolved(living, [scheduled()]), noImage])
      expect(imageDataRemoved(KEY, state)).toEqual([]);
  });
});
