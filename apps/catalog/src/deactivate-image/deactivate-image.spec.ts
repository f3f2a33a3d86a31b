import {
  admin,
  created,
  deactivated,
  ID,
  imageAfter,
  killed,
  owner,
  refusal,
  uploaded,
  uploadStarted,
} from '../image/testing/given.js';
import { deactivateImage } from './deactivate-image.js';

const active = imageAfter(created(), ...uploaded());
const ownLock = imageAfter(created(), ...uploaded(), deactivated('owner'));
const adminLock = imageAfter(created(), ...uploaded(), deactivated('admin'));

describe('deactivating an image', () => {
  it('given an active image, then it is deactivated, and who did it can lift it', () => {
    expect(deactivateImage(active, owner)).toEqual([deactivated('owner')]);
    expect(deactivateImage(active, admin)).toEqual([deactivated('admin')]);
  });

  it('given what its owner deactivated, when an admin deactivates it, then the lock is the admin’s', () => {
    expect(deactivateImage(ownLock, admin)).toEqual([
      { type: 'ImageDeactivated', data: { image_id: ID, from: 'deactivated', to: 'deactivated', lock: 'admin' } },
    ]);
  });

  it('given that it is deactivated already, then nothing happened, and no lock is lowered', () => {
    expect(deactivateImage(ownLock, owner)).toEqual([]);
    expect(deactivateImage(adminLock, owner)).toEqual([]);
    expect(deactivateImage(adminLock, admin)).toEqual([]);
  });

  it.each([
    ['queued', []],
    ['saving', [uploadStarted()]],
    ['killed', [uploadStarted(), killed()]],
  ])('given an image that is %s, then it is refused', (_status, events) => {
    expect(() => deactivateImage(imageAfter(created(), ...events), owner)).toThrow(refusal('wrong-status'));
  });
});
