import {
  created,
  ID,
  imageAfter,
  KEY,
  noImage,
  purged,
  scheduled,
  uploaded,
  uploadStarted,
} from '../image/testing/given.js';
import { discardImport } from './discard-import.js';

describe('an image whose import came to nothing', () => {
  it.each([
    ['queued', [], null],
    ['saving', [uploadStarted()], null],
    ['active', uploaded(), KEY],
  ] as const)('given that it is %s, then it is gone at once', (from, events, key) => {
    expect(discardImport(imageAfter(created(), ...events))).toEqual([
      { type: 'ImageDeleted', data: { image_id: ID, from, to: 'deleted', key } },
    ]);
  });

  it.each([
    ['never was', noImage],
    ['was deleted by its owner', imageAfter(created(), ...uploaded(), scheduled())],
    ['was purged', imageAfter(created(), ...uploaded(), scheduled(), purged())],
  ])('given that it %s, then nothing happens', (_what, state) => {
    expect(discardImport(state)).toEqual([]);
  });
});
