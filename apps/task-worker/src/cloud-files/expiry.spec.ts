import { deleteAtHeader, deleteAtIn } from './expiry.js';

const now = 1_700_000_000_400;

describe('when an object is to be gone', () => {
  it.each([
    [{}, null],
    [{ 'x-delete-at': '' }, null],
    [{ 'x-delete-at': '1700000001' }, 1_700_000_001],
    [{ 'x-delete-after': '60' }, 1_700_000_061],
    [{ 'x-delete-after': '60', 'x-delete-at': '1800000000' }, 1_700_000_061],
  ])('%j is %s', (headers, at) => expect(deleteAtIn(headers, now)).toBe(at));

  it.each([
    { 'x-delete-at': '1700000000' },
    { 'x-delete-at': 'tomorrow' },
    { 'x-delete-at': '1800000000.5' },
    { 'x-delete-after': '0' },
    { 'x-delete-after': '-1' },
    { 'x-delete-after': '99999999999' },
  ])('%j is refused', (headers) => expect(() => deleteAtIn(headers, now)).toThrow(/seconds|future/));

  it('is shown as it was understood', () => {
    expect([deleteAtHeader(null), deleteAtHeader(new Date(1_700_000_061_000))]).toEqual([
      {},
      { 'x-delete-at': '1700000061' },
    ]);
  });
});
