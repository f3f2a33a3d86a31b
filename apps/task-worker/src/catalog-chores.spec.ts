import { catalogChores } from './catalog-chores.js';

const times = { reaperIntervalSeconds: 30, imageStoreCheckSeconds: 3_600, answersSeconds: 7_200 };
const { signal } = new AbortController();

describe('the catalog’s chores', () => {
  it('are asked for round after round, each where the one before ended, until nothing is left', async () => {
    const asked: unknown[] = [];
    const rounds = [
      { done: 500, next: 'images/7f' },
      { done: 0, next: 'images/ff' },
      { done: 3, next: null },
    ];
    const doChore = async (name: string, from: string | null) => {
      asked.push([name, from]);
      return rounds[asked.length - 1]!;
    };
    const chores = catalogChores({ doChore }, times);
    const compare = chores.find(({ name }) => name === 'catalog: compare-store-with-log');
    expect(compare?.every).toBe(3_600);
    expect(await compare?.run(signal)).toBe(503);
    expect(asked).toEqual([null, 'images/7f', 'images/ff'].map((from) => ['compare-store-with-log', from]));
  });

  it('go on where they were, when a round failed or the time was up', async () => {
    const asked: unknown[] = [];
    const answers = [
      { done: 1, next: 'images/7f' },
      new Error('away'),
      { done: 1, next: 'more' },
      { done: 1, next: null },
    ];
    const doChore = async (_: string, from: string | null) => {
      const answer = answers[asked.push(from) - 1]!;
      if (answer instanceof Error) throw answer;
      return answer;
    };
    const [chore] = catalogChores({ doChore }, { ...times, reaperIntervalSeconds: 0 });
    expect(await chore?.run(signal)).toBe(1);
    await expect(chore?.run(signal)).rejects.toThrow('away');
    expect(await chore?.run(signal)).toBe(1);
    expect(await chore?.run(signal)).toBe(1);
    expect(asked).toEqual([null, 'images/7f', 'images/7f', 'more']);
  });

  it('fail when the catalog is away, so that the queue tries them again', async () => {
    const doChore = () => Promise.reject(new Error('away'));
    for (const { run } of catalogChores({ doChore }, times)) await expect(run(signal)).rejects.toThrow('away');
  });
});
