import { Readable } from 'node:stream';
import { BlobNotFound } from './port.js';
import { readParts } from './read-parts.js';

const blobs: Record<string, string> = { a: '0123', b: '', c: '45', d: '6789' };
const opened: string[] = [];
const store = {
  read: async (key: string, range?: { start: number; end: number }) => {
    opened.push(key);
    const text = blobs[key];
    if (text === undefined) throw new BlobNotFound(key);
    return Readable.from([Buffer.from(text.slice(range!.start, range!.end + 1))]);
  },
};
const parts = Object.entries(blobs).map(([key, { length: size }]) => ({ key, size }));

async function text(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

describe('blobs read one after the other', () => {
  beforeEach(() => opened.splice(0));

  it('are one stream', async () => {
    expect(await text(readParts(store, parts))).toBe('0123456789');
    expect(opened).toEqual(['a', 'c', 'd']);
  });

  it('given any range, then it is that of the whole, and only what has some of it is opened', async () => {
    for (let start = 0; start < 10; start += 1) {
      for (let end = start; end < 10; end += 1) {
        expect(await text(readParts(store, parts, { start, end }))).toBe('0123456789'.slice(start, end + 1));
      }
    }
    opened.splice(0);
    await text(readParts(store, parts, { start: 4, end: 5 }));
    expect(opened).toEqual(['c']);
  });

  it('given one that is missing, then the stream fails there', async () => {
    const broken = readParts(store, [parts[0]!, { key: 'z', size: 2 }, parts[2]!]);
    await expect(text(broken)).rejects.toBeInstanceOf(BlobNotFound);
  });
});
