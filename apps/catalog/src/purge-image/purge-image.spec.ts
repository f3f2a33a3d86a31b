import {
  admin,
  created,
  deactivated,
  imageAfter,
  NOW,
  owner,
  purged,
  refusal,
  scheduled,
  uploaded,
} from '../image/testing/given.js';
import { purgeImage, purgeWhenDue } from './purge-image.js';

const pending = imageAfter(created(), ...uploaded(), scheduled('active', NOW));
const locked = imageAfter(created(), ...uploaded(), deactivated('admin'), scheduled('deactivated'));

describe('purging an image', () => {
  it('given a pending deletion, then it is final, and the blob to remove is named', () => {
    expect(purgeImage(pending, owner)).toEqual([purged()]);
  });

  it('given what an admin deactivated, then only an admin can', () => {
    expect(() => purgeImage(locked, owner)).toThrow(refusal('forbidden'));
    expect(purgeImage(locked, admin)).toEqual([purged()]);
  });

  it('given what its owner deactivated, then the owner can', () => {
    const image = imageAfter(created(), ...uploaded(), deactivated('owner'), scheduled('deactivated'));
    expect(purgeImage(image, owner)).toEqual([purged()]);
  });

  it('given an image that lives, then it is refused', () => {
    expect(() => purgeImage(imageAfter(created(), ...uploaded()), admin)).toThrow(refusal('status-conflict'));
  });
});

describe('when the time to restore is over', () => {
  it('purges from the moment that was said, and not before; a lock does not hold it', () => {
    expect(purgeWhenDue(pending, NOW)).toEqual([purged()]);
    expect(purgeWhenDue(pending, '2026-11-24T11:59:59.999999Z')).toEqual([]);
    expect(purgeWhenDue(locked, NOW)).toEqual([purged()]);
  });

  it('given that it was restored or purged meanwhile, then nothing happens', () => {
    expect(purgeWhenDue(imageAfter(created(), ...uploaded()), NOW)).toEqual([]);
    expect(purgeWhenDue(imageAfter(created(), ...uploaded(), scheduled(), purged()), NOW)).toEqual([]);
  });
});
