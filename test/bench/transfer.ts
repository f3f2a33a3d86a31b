// One client that sends or takes gigabytes and is cheap at it: the same two cores carry the server.
import { createHash, type Hash } from 'node:crypto';
import { Agent, request, type IncomingMessage } from 'node:http';

export const mebibyte = 1024 * 1024;
const block = Buffer.allocUnsafe(mebibyte);
for (let at = 0; at < block.length; at += 4) block.writeUInt32LE(Math.imul(at + 1, 2_654_435_761) >>> 0, at);

export interface Transfer {
  readonly url: string;
  readonly headers?: Record<string, string>;
  readonly bytes: number;
}

/** Sends; resolves with the seconds until the whole answer was there. */
export function send({ url, headers = {}, bytes }: Transfer): Promise<number> {
  const begin = performance.now();
  return exchange(url, 'PUT', { 'content-length': String(bytes), ...headers }, (outgoing) => {
    let rest = bytes;
    const more = () => {
      while (rest > 0) {
        const part = rest >= block.length ? block : block.subarray(0, rest);
        rest -= part.length;
        if (!outgoing.write(part)) return void outgoing.once('drain', more);
      }
      outgoing.end();
    };
    more();
  }).then(({ body }) => {
    body.resume();
    return ended(body).then(() => (performance.now() - begin) / 1000);
  });
}

/** Takes; fails when it is not exactly the bytes that were asked for. `into` is for a run that is not timed. */
export async function take({ url, headers = {}, bytes }: Transfer, into?: Hash): Promise<number> {
  const begin = performance.now();
  const { body } = await exchange(url, 'GET', headers, (outgoing) => outgoing.end());
  let got = 0;
  body.on('data', (chunk: Buffer) => {
    got += chunk.length;
    into?.update(chunk);
  });
  await ended(body);
  if (got !== bytes) throw new Error(`GET ${url}: ${got} bytes instead of ${bytes}`);
  return (performance.now() - begin) / 1000;
}

/** The digests of what `send` sends. */
export function digestsOf(bytes: number): { md5: string; sha512: string } {
  const [md5, sha512] = [createHash('md5'), createHash('sha512')];
  for (let rest = bytes; rest > 0; rest -= block.length) {
    const part = block.subarray(0, Math.min(rest, block.length));
    md5.update(part);
    sha512.update(part);
  }
  return { md5: md5.digest('hex'), sha512: sha512.digest('hex') };
}

type Outgoing = ReturnType<typeof request>;

function exchange(url: string, method: string, headers: Record<string, string>, go: (outgoing: Outgoing) => void) {
  return new Promise<{ body: IncomingMessage }>((resolve, reject) => {
    const outgoing = request(url, { method, headers, agent: new Agent({ keepAlive: false }), timeout: 120_000 });
    outgoing.once('error', reject);
    outgoing.once('timeout', () => outgoing.destroy(new Error(`${method} ${url}: nothing for two minutes`)));
    outgoing.once('response', (body) => {
      if (body.statusCode! >= 200 && body.statusCode! <= 299) return resolve({ body });
      return body.toArray().then((parts) => {
        reject(new Error(`${method} ${url}: ${body.statusCode} ${Buffer.concat(parts).toString('utf8')}`));
        outgoing.destroy();
      }, reject);
    });
    go(outgoing);
  });
}

function ended(body: IncomingMessage): Promise<void> {
  return new Promise((resolve, reject) => {
    body.once('end', resolve);
    body.once('error', reject);
  });
}
