// The bar for bytes on an object store: one thread, nothing but what the task itself needs. PUT /<name> hashes (md5,
// sha512) and passes on in parts of 16 MiB, three at once; GET /<name> passes on. Both over presigned URLs.
// argv: the store's URL with credentials, the bucket. Prints its port.
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Client } from 'minio';
import { request as send, stream } from 'undici';

const { hostname: endPoint, port, username: accessKey, password: secretKey } = new URL(process.argv[2]!);
const bucket = process.argv[3]!;
const store = new Client({ endPoint, port: Number(port), useSSL: false, accessKey, secretKey, region: 'us-east-1' });
const partBytes = 16 * 1024 * 1024;

async function receive(request: IncomingMessage, response: ServerResponse, name: string): Promise<void> {
  const [md5, sha512] = [createHash('md5'), createHash('sha512')];
  const uploadId = await store.initiateNewMultipartUpload(bucket, name, {});
  const onTheWay = new Set<Promise<void>>();
  const etags: { part: number; etag: string }[] = [];
  let chunks: Buffer[] = [];
  let held = 0;
  let parts = 0;
  const pass = async () => {
    const [part, body] = [++parts, Buffer.concat(chunks)];
    [chunks, held] = [[], 0];
    const query = { partNumber: String(part), uploadId };
    const url = await store.presignedUrl('PUT', bucket, name, 3_600, query);
    const sent = send(url, { method: 'PUT', body }).then(async (answer) => {
      await answer.body.dump();
      etags[part - 1] = { part, etag: String(answer.headers.etag) };
      onTheWay.delete(sent);
    });
    onTheWay.add(sent);
    if (onTheWay.size >= 3) await Promise.race(onTheWay);
  };
  for await (const chunk of request as AsyncIterable<Buffer>) {
    md5.update(chunk);
    sha512.update(chunk);
    chunks.push(chunk);
    if ((held += chunk.length) >= partBytes) await pass();
  }
  if (held > 0) await pass();
  await Promise.all(onTheWay);
  await store.completeMultipartUpload(bucket, name, uploadId, etags);
  response.end(JSON.stringify({ md5: md5.digest('hex'), sha512: sha512.digest('hex') }));
}

const server = createServer(async (request, response) => {
  const name = request.url!.slice(1);
  if (request.method === 'PUT') return receive(request, response, name);
  const url = await store.presignedUrl('GET', bucket, name, 3_600);
  return void stream(url, { method: 'GET' }, ({ headers }) =>
    response.writeHead(200, { 'content-length': String(headers['content-length']) }),
  );
});
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
