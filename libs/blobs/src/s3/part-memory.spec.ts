import { setImmediate as turn } from 'node:timers/promises';
import { PartMemory } from './part-memory.js';

const mebibyte = 1024 * 1024;

async function admitted(memory: PartMemory, sizes: readonly number[]): Promise<number[]> {
  const order: number[] = [];
  for (const [at, size] of sizes.entries()) void memory.enter(size * mebibyte).then(() => order.push(at));
  await turn();
  return order;
}

describe('what all writers of a store have on their way', () => {
  it('given more than the budget, then the rest waits, in the order of asking', async () => {
    const memory = new PartMemory();
    const order = await admitted(memory, [64, 32, 8, 8]);
    expect(order).toEqual([0, 1]);
    memory.leave(64 * mebibyte);
    await turn();
    expect(order).toEqual([0, 1, 2, 3]);
  });

  it('given a part larger than the budget, then it goes alone', async () => {
    const memory = new PartMemory();
    const order = await admitted(memory, [8, 256, 8]);
    expect(order).toEqual([0]);
    memory.leave(8 * mebibyte);
    await turn();
    expect(order).toEqual([0, 1]);
    memory.leave(256 * mebibyte);
    await turn();
    expect(order).toEqual([0, 1, 2]);
  });

  it('given a buffer back, then it is used again', () => {
    const memory = new PartMemory();
    const buffer = memory.take(8 * mebibyte);
    memory.giveBack(buffer);
    expect(memory.take(8 * mebibyte)).toBe(buffer);
    expect(memory.take(8 * mebibyte)).not.toBe(buffer);
  });

  it('given many buffers back while parts are on their way, then all are used again, and few are held afterwards', () => {
    const memory = new PartMemory();
    const parts = () => Array.from({ length: 20 }, () => memory.take(8 * mebibyte));
    const used = parts();
    void memory.enter(8 * mebibyte);
    for (const buffer of used) memory.giveBack(buffer);
    const again = parts();
    expect(new Set(again)).toEqual(new Set(used));
    for (const buffer of again) memory.giveBack(buffer);
    memory.leave(8 * mebibyte);
    expect(parts().filter((buffer) => used.includes(buffer))).toHaveLength(8);
  });
});
