import type { LookupAddress, LookupOptions } from 'node:dns';
import { spreadOver } from './spread-lookup.js';

type Resolve = Parameters<typeof spreadOver>[0];

/** Answers as the system does: the same addresses in the same order every time. */
const resolving = (...addresses: string[]): Resolve =>
  ((_name: string, _options: LookupOptions, done: (error: Error | null, found: LookupAddress[]) => void) =>
    done(
      null,
      addresses.map((address) => ({ address, family: 4 })),
    )) as unknown as Resolve;

const failing = ((_name: string, _options: LookupOptions, done: (error: Error) => void) =>
  done(new Error('ENOTFOUND'))) as unknown as Resolve;

describe('name resolution for a service with several instances', () => {
  const asked = (resolve: Resolve, all: boolean, times: number) => {
    const answers: unknown[] = [];
    const spread = spreadOver(resolve);
    for (let n = 0; n < times; n += 1) {
      spread('catalog', { all }, (error, found) => {
        answers.push(error ?? (typeof found === 'string' ? found : found.map(({ address }) => address)));
      });
    }
    return answers;
  };

  it('begins with another address each time and keeps the others behind it', () => {
    expect(asked(resolving('10.0.0.2', '10.0.0.3', '10.0.0.4'), true, 4)).toEqual([
      ['10.0.0.2', '10.0.0.3', '10.0.0.4'],
      ['10.0.0.3', '10.0.0.4', '10.0.0.2'],
      ['10.0.0.4', '10.0.0.2', '10.0.0.3'],
      ['10.0.0.2', '10.0.0.3', '10.0.0.4'],
    ]);
  });

  it('given a caller who wants one address, takes turns', () => {
    expect(asked(resolving('10.0.0.2', '10.0.0.3'), false, 3)).toEqual(['10.0.0.2', '10.0.0.3', '10.0.0.2']);
  });

  it('hands a failure on, and an answer without addresses', () => {
    expect(asked(failing, true, 1)).toEqual([new Error('ENOTFOUND')]);
    expect(asked(resolving(), true, 2)).toEqual([[], []]);
  });
});
