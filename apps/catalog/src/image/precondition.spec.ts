import { assertUnchanged } from './precondition.js';
import { refusal } from './testing/given.js';

describe('If-Match', () => {
  it.each([undefined, '*', 'W/"7"', '"7"', 'W/"6", W/"7"'])('%s lets version 7 be changed', (header) => {
    expect(() => assertUnchanged(header, 7)).not.toThrow();
  });

  it.each(['W/"6"', '7', '""', '', 'W/"77"', 'nonsense'])('%s does not', (header) => {
    expect(() => assertUnchanged(header, 7)).toThrow(refusal('precondition-failed'));
  });
});
