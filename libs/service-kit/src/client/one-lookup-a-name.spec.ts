import type dns from 'node:dns';
import type { LookupAddress } from 'node:dns';
import { promisify } from 'node:util';
import { oneLookupAName } from './one-lookup-a-name.js';

type Resolve = typeof dns.lookup;
type Answer = (error: Error | null, found?: LookupAddress[]) => void;

describe('name resolution of a process', () => {
  let asked: { name: string; answer: Answer }[];
  let lookup: Resolve;

  beforeEach(() => {
    asked = [];
    lookup = oneLookupAName(
      ((name: string, _options: unknown, answer: Answer) => void asked.push({ name, answer })) as unknown as Resolve,
    );
  });
  const ask = (name: string, all = true) =>
    new Promise<unknown>((resolve) => lookup(name, { all }, (error, found) => resolve(error ?? found)));
  const answer = (nth: number, ...addresses: string[]) =>
    asked[nth]?.answer(
      null,
      addresses.map((address) => ({ address, family: 4 })),
    );

  it('given many who ask for a name that nobody answers, then the system is asked once, and other names beside it', async () => {
    const all = Array.from({ length: 20 }, () => ask('kafka'));
    const other = ask('catalog');
    expect(asked.map(({ name }) => name)).toEqual(['kafka', 'catalog']);
    answer(1, '10.0.0.3');
    expect(await other).toEqual([{ address: '10.0.0.3', family: 4 }]);
    answer(0, '10.0.0.2');
    expect(await Promise.all(all)).toEqual(all.map(() => [{ address: '10.0.0.2', family: 4 }]));
  });

  it('given an answer, then who asks next is answered anew', async () => {
    const first = ask('kafka');
    asked[0]?.answer(new Error('ENOTFOUND'));
    expect(await first).toEqual(new Error('ENOTFOUND'));
    const second = ask('kafka');
    answer(1, '10.0.0.2');
    expect(await second).toEqual([{ address: '10.0.0.2', family: 4 }]);
  });

  it('given other options, then that is another question', () => {
    void ask('kafka', true);
    void ask('kafka', false);
    expect(asked).toHaveLength(2);
  });

  it('given a caller without options, then it is called back all the same', async () => {
    const found = new Promise((resolve) => lookup('kafka', (_error, address) => resolve(address)));
    answer(0, '10.0.0.2');
    expect(await found).toEqual([{ address: '10.0.0.2', family: 4 }]);
  });

  it('given a name that is refused at once, then the next one is asked for', () => {
    const refusing = oneLookupAName((() => {
      throw new TypeError('no name');
    }) as unknown as Resolve);
    const nobody = () => undefined;
    expect(() => refusing('', nobody)).toThrow('no name');
    expect(() => refusing('', nobody)).toThrow('no name');
  });

  it('is the system’s own for those who want a promise', async () => {
    const { lookup: own } = await import('node:dns');
    const found = await promisify(oneLookupAName(own))('127.0.0.1');
    expect(found).toEqual({ address: '127.0.0.1', family: 4 });
  });
});
