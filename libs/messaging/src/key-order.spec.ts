import { takeInKeyOrder } from './key-order.js';

const of = (text: string) => text.split(' ').map((name, nth) => ({ key: name[0] as string, name, nth }));

/** What was under way or done, in the order of its start. */
async function run(text: string, bad: string | null = null) {
  const began: string[] = [];
  let most = 0;
  let inHand = 0;
  const taken = await takeInKeyOrder(of(text), async ({ name }) => {
    began.push(name);
    most = Math.max(most, ++inHand);
    await new Promise((done) => setTimeout(done, 2));
    inHand -= 1;
    if (name === bad) throw new Error(bad);
  });
  return { ...taken, began, most };
}

describe('deliveries taken at once', () => {
  it('are of different keys; those of one key wait for each other', async () => {
    const { began, most, done, error } = await run('a1 b1 a2 c1 a3');
    expect([began, most, done, error]).toEqual([['a1', 'b1', 'c1', 'a2', 'a3'], 3, 5, null]);
  });

  it('count as done up to the first that is not; the rest of its key is left, other keys go on', async () => {
    const { began, done, error } = await run('a1 b1 a2 b2', 'a1');
    expect(began).toEqual(['a1', 'b1', 'b2']);
    expect([done, error]).toEqual([0, new Error('a1')]);
    expect((await run('a1 b1 a2 b2', 'a2')).done).toBe(2);
  });

  it('are none without deliveries', async () => {
    expect(await takeInKeyOrder([], () => Promise.reject(new Error('never')))).toEqual({ done: 0, error: null });
  });
});
