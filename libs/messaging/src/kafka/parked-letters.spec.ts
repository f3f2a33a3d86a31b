import { letterId, type Said } from './dead-letter-records.js';
import { ParkedLetters } from './parked-letters.js';

describe('the fold of a dead-letter topic', () => {
  let at = 0n;
  const next = () => (at += 1n);
  const letter = (key: string, offset: string, partition = 0): Said => {
    const origin = { topic: 'images', partition, offset };
    return { kind: 'letter', id: letterId(origin), key, origin, at: next() };
  };
  const taken = (offset: string): Said => {
    return { kind: 'taken', id: letterId({ topic: 'images', partition: 0, offset }), at: next() };
  };
  const replay = (key: string | null): Said => ({ kind: 'replay', key, at: next() });
  const fold = (...all: Said[]) => {
    const letters = new ParkedLetters();
    for (const said of all) letters.apply(said);
    return letters;
  };

  it('given a letter, then its key is parked in its partition, and no other', () => {
    const letters = fold(letter('a', '7'));
    expect(letters.isParked('images', 0, 'a')).toBe(true);
    expect(letters.isParked('images', 0, 'b')).toBe(false);
    expect(letters.isParked('images', 1, 'a')).toBe(false);
  });

  it('given that the last letter of a key was taken, then the key is free', () => {
    expect(fold(letter('a', '7'), letter('a', '9'), taken('7')).isParked('images', 0, 'a')).toBe(true);
    expect(fold(letter('a', '7'), letter('a', '9'), taken('7'), taken('9')).isParked('images', 0, 'a')).toBe(false);
  });

  it('given letters in any order, then they come in that of their offsets', () => {
    const letters = fold(letter('a', '10'), letter('a', '9'), letter('b', '2', 1), letter('a', '100'));
    expect(letters.lettersOf('images', 0, 'a').map(({ origin }) => origin.offset)).toEqual(['9', '10', '100']);
    expect(letters.all().map(({ origin }) => origin.offset)).toEqual(['9', '10', '100', '2']);
    expect(letters.all('b')).toHaveLength(1);
  });

  it.each([
    ['nobody asked', [letter('a', '1')], []],
    ['all were asked for', [letter('a', '1'), letter('b', '2'), replay(null)], ['a', 'b']],
    ['one was asked for', [letter('a', '1'), letter('b', '2'), replay('b')], ['b']],
    ['a key was parked after the request', [replay('a'), letter('a', '1')], []],
    ['the first letter failed again', [letter('a', '1'), letter('a', '2'), replay('a'), letter('a', '1')], []],
    ['it was asked for again', [letter('a', '1'), letter('a', '2'), replay('a'), letter('a', '1'), replay('a')], ['a']],
    ['the first was taken before a crash', [letter('a', '1'), letter('a', '2'), replay('a'), taken('1')], ['a']],
  ])('given that %s, then these keys are to be replayed', (_what, said, keys) => {
    expect(fold(...said).wanted('images', 0)).toEqual(keys);
  });
});
