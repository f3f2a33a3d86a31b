import { later } from '../image/time.js';
import {
  created,
  deactivated,
  ID,
  imageAfter,
  KEY,
  killed,
  NOW,
  refusal,
  uploaded,
  uploadStarted,
} from '../image/testing/given.js';
import { deleteImage } from './delete-image.js';

const day = { delay: 86_400 };

describe('deleting an image', () => {
  it.each([
    ['active' as const, uploaded()],
    ['deactivated' as const, [...uploaded(), deactivated('admin')]],
  ])('given an image that is %s, then it can be restored for the configured time', (from, events) => {
    expect(deleteImage(day, imageAfter(created(), ...events), NOW)).toEqual([
      {
        type: 'ImageDeletionScheduled',
        data: { image_id: ID, from, to: 'pending_delete', purge_at: '2026-11-25T12:00:00.123456Z' },
      },
    ]);
  });

  it.each([
    ['queued', []],
    ['saving', [uploadStarted()]],
    ['killed', [uploadStarted(), killed()]],
  ])('given an image that is %s, then it is gone at once', (from, events) => {
    expect(deleteImage(day, imageAfter(created(), ...events), NOW)).toEqual([
      { type: 'ImageDeleted', data: { image_id: ID, from, to: 'deleted', key: null } },
    ]);
  });

  it('given no delay, then an image with data is gone at once, and its key is named', () => {
    expect(deleteImage({ delay: 0 }, imageAfter(created(), ...uploaded()), NOW)).toEqual([
      { type: 'ImageDeleted', data: { image_id: ID, from: 'active', to: 'deleted', key: KEY } },
    ]);
  });

  it('given a protected image, when deleted, then refused as protected', () => {
    expect(() => deleteImage(day, imageAfter(created({ protected: true })), NOW)).toThrow(refusal('image-protected'));
  });
});

describe('a later time', () => {
  it('crosses days and years and keeps microseconds', () => {
    expect(later('2026-12-31T23:59:59.000001Z', 1)).toBe('2027-01-01T00:00:00.000001Z');
    expect(later('2026-12-31T23:59:59Z', 86_400)).toBe('2027-01-01T23:59:59Z');
  });
});
