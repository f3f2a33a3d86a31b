import { createReadStream } from 'node:fs';

const CHUNK_BYTES = 256 * 1024;
/** No event comes near it: a line that is longer is cut there, and is none. */
const LONGEST = 16 * 1024 * 1024;

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
    if (rest.length <= LONGEST) continue;
    yield rest;
    rest = '';
  }
  yield rest;
}
