import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { Housekeeping, type Chore } from './housekeeping.js';

const connection = { query: async () => ({ rows: [{ mine: true }] }), release: () => undefined };
const pool = { connect: async () => connection } as unknown as pg.Pool;

describe('housekeeping', () => {
  it('does not let rounds of one chore pile up, whoever asks for them', async () => {
    let begun = 0;
    let end: () => void = () => undefined;
    const slow: Chore = {
      name: 'slow',
      run: async () => {
        begun += 1;
        await new Promise<void>((resolve) => (end = resolve));
        return { done: 1, next: 'more' };
      },
    };
    const housekeeping = new Housekeeping(pool, [slow]);
    const first = housekeeping.round(slow, null);
    const nothing = { done: 0, next: null };
    expect(await Promise.all([housekeeping.round(slow, null), housekeeping.round(slow, null)])).toEqual([
      nothing,
      nothing,
    ]);
    await sleep(10);
    end();
    expect([await first, begun]).toEqual([{ done: 1, next: 'more' }, 1]);
    const again = housekeeping.round(slow, null);
    await sleep(10);
    end();
    expect([await again, begun]).toEqual([{ done: 1, next: 'more' }, 2]);
  });
});
