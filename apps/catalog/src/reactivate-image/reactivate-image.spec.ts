import { admin, created, deactivated, ID, imageAfter, owner, refusal, uploaded } from '../image/testing/given.js';
import { reactivateImage } from './reactivate-image.js';

const reactivated = [{ type: 'ImageReactivated', data: { image_id: ID, from: 'deactivated', to: 'active' } }];

describe('reactivating an image', () => {
  it('given what its owner deactivated, then owner and admin can', () => {
    const image = imageAfter(created(), ...uploaded(), deactivated('owner'));
    expect(reactivateImage(image, owner)).toEqual(reactivated);
    expect(reactivateImage(image, admin)).toEqual(reactivated);
  });

  it('given what an admin deactivated, then only an admin can', () => {
    const image = imageAfter(created(), ...uploaded(), deactivated('admin'));
    expect(() => reactivateImage(image, owner)).toThrow(refusal('forbidden'));
    expect(reactivateImage(image, admin)).toEqual(reactivated);
  });

  it('given an active image, then nothing happened', () => {
    expect(reactivateImage(imageAfter(created(), ...uploaded()), owner)).toEqual([]);
  });

  it('given an image without data, then it is refused', () => {
    expect(() => reactivateImage(imageAfter(created()), owner)).toThrow(refusal('wrong-status'));
  });
});
