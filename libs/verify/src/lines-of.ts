import { createReadStream } from 'node:fs';

const CHUNK_BYTES = 256 * 1024;

/**
 * The lines of an NDJSON file, of which a chunk is in memory at a time. `readline` won't do: it ends a line at U+2028, U+2029
 * and a lone carriage return too, and JSON has the first two in its texts as they are.
 */
export async function* linesOf(path: string): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of createReadStream(path, { encoding: 'utf8', highWaterMark: CHUNK_BYTES })) {
    const lines = (rest + (chunk as string)).split(/\r?\n/);
    rest = lines.pop() as string;
    for (const line of lines) yield line;
  }
  yield rest;
}
