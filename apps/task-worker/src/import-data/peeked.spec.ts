import { PassThrough, Readable } from 'node:stream';
import { peeked } from './peeked.js';

const ignore = () => undefined;

describe('a look at what is fetched', () => {
  it('shows the beginning, however it came, and keeps all of it', async () => {
    const stream = Readable.from([Buffer.from('ab'), Buffer.from('c'), Buffer.from('defgh'), Buffer.from('ij')]);
    const counts: number[] = [];
    const { head, source } = await peeked(stream, { bytes: 6, maxSize: 10, passed: (size) => counts.push(size) });
    expect(head.toString()).toBe('abcdef');
    expect(Buffer.concat((await source.toArray()) as Buffer[]).toString()).toBe('abcdefghij');
    expect(counts).toEqual([2, 3, 8, 10]);
  });

  it('shows what there is when it is less', async () => {
    const { head, source } = await peeked(Readable.from([Buffer.from('ab')]), { bytes: 6, maxSize: 9, passed: ignore });
    expect([head.toString(), String((await source.toArray())[0])]).toEqual(['ab', 'ab']);
  });

  it('refuses more than may come, and lets go of the stream', async () => {
    const stream = Readable.from([Buffer.alloc(8), Buffer.alloc(8)]);
    const { source } = await peeked(stream, { bytes: 6, maxSize: 15, passed: ignore });
    await expect(source.toArray()).rejects.toMatchObject({ code: 'image-too-large' });
    expect(stream.destroyed).toBe(true);
  });

  it('says so when the stream breaks off', async () => {
    const stream = new PassThrough();
    stream.write(Buffer.alloc(8));
    const { source } = await peeked(stream, { bytes: 6, maxSize: 100, passed: ignore });
    stream.destroy(new Error('reset'));
    await expect(source.toArray()).rejects.toMatchObject({ code: 'upload-interrupted' });
  });
});
