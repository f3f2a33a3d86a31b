import { createHash } from 'node:crypto';
import { beginHash } from './hash-threads.js';

const memory = new SharedArrayBuffer(1024);
new Uint8Array(memory).fill(7);

describe('the threads that hash', () => {
  it('given a thread that dies, then its streams fail, and the next ones get another thread', async () => {
    const broken = beginHash('of no such name', memory);
    await expect(broken.update(0, 1024)).rejects.toThrow(/digest method/i);
    await expect(broken.finish()).rejects.toThrow('the thread that hashes has ended');
    broken.drop();

    const hash = beginHash('md5', memory);
    await hash.update(0, 1024);
    expect((await hash.finish()).toString('hex')).toBe(createHash('md5').update(Buffer.alloc(1024, 7)).digest('hex'));
  });

  it('given a stream that was given up, then the thread has forgotten it', async () => {
    const hash = beginHash('md5', memory);
    hash.drop();
    await expect(hash.update(0, 1024)).rejects.toThrow('the thread that hashes has ended');
  });
});
