// The bar for bytes: one file, one thread, nothing but what the task itself needs. PUT /<name> hashes (md5, sha512) and
// writes; GET /<name> sends with 1 MiB reads. argv: the directory. Prints its port.
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';

const dir = process.argv[2]!;
const highWaterMark = 1024 * 1024;

function receive(request: IncomingMessage, response: ServerResponse, path: string): void {
  const [md5, sha512] = [createHash('md5'), createHash('sha512')];
  const file = createWriteStream(path, { highWaterMark });
  file.on('drain', () => request.resume());
  request.on('data', (chunk: Buffer) => {
    md5.update(chunk);
    sha512.update(chunk);
    if (!file.write(chunk)) request.pause();
  });
  request.on('end', () => {
    file.end(() => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ md5: md5.digest('hex'), sha512: sha512.digest('hex') }));
    });
  });
}

async function send(response: ServerResponse, path: string): Promise<void> {
  response.setHeader('content-length', (await stat(path)).size);
  await pipeline(createReadStream(path, { highWaterMark }), response);
}

const server = createServer((request, response) => {
  const path = join(dir, basename(request.url!));
  if (request.method === 'PUT') receive(request, response, path);
  else void send(response, path);
});
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
