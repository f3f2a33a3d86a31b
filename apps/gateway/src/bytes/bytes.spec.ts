import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { readdirSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { createFilesystemBlobStore, type BlobStore } from '@cloud-images/blobs';
import { errorBody, internalHeaders, type BlobLocator, type ErrorCode } from '@cloud-images/contracts';
import type { Received } from '../testing/fake-service.js';
import { GatewayUnderTest, type Reply } from '../testing/gateway-under-test.js';

const id = '9c1f3f0e-8d2a-4c3b-9a55-0d1f5a0b7e11';
const path = `/v2/images/${id}/file`;
const digest = (algorithm: string, data: Buffer) => createHash(algorithm).update(data).digest('hex');

const gateway = new GatewayUnderTest();
let token: string;
let store: BlobStore;

beforeAll(async () => {
  await gateway.start({ CLOUD_IMAGES_PATIENCE_SECONDS: '1', CLOUD_IMAGES_RECHECK_SECONDS: '1' });
  token = await gateway.tokenOf('demo');
  store = createFilesystemBlobStore({ dir: gateway.blobs });
});
afterAll(() => gateway.stop());

const refuse = (res: import('node:http').ServerResponse, status: number, code: ErrorCode) =>
  res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(errorBody(code, 'no', 'req-x')));

const files = (): string[] =>
  readdirSync(gateway.blobs, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name);

const until = async (condition: () => boolean, ms = 15_000): Promise<void> => {
  for (const deadline = Date.now() + ms; !condition(); await sleep(10)) {
    if (Date.now() > deadline) throw new Error('it did not happen in time');
  }
};

/** A connection on which the test decides when which bytes go. */
async function opened(): Promise<{ socket: Socket; text: () => string }> {
  const url = new URL(gateway.url);
  const socket = connect(Number(url.port), url.hostname);
  let text = '';
  socket.on('data', (chunk) => (text += chunk.toString('latin1')));
  socket.on('error', () => undefined);
  await new Promise((resolve) => socket.once('connect', resolve));
  return { socket, text: () => text };
}

describe('an upload', () => {
  let key: string;
  let attempt: string;
  /** What the catalog says to each internal call, when not simply yes. */
  let says: Partial<
    Record<'begin-upload' | 'complete' | 'fail' | 'renew', (res: import('node:http').ServerResponse) => void>
  >;
  let given: { lease_seconds: number; max_size: number; content: object | null };

  beforeEach(() => {
    attempt = randomUUID();
    key = `images/${attempt.slice(0, 2)}/${attempt}`;
    says = {};
    given = { lease_seconds: 60, max_size: 10_000_000, content: null };
    gateway.catalog.received.length = 0;
    gateway.catalog.answer = ({ url }, res) => {
      const verb = url.slice(url.lastIndexOf('/') + 1) as keyof typeof says;
      const say = says[verb];
      if (say) return say(res);
      if (verb === 'begin-upload') {
        res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ attempt, key, ...given }));
      } else res.writeHead(204).end();
    };
  });

  const put = (body: Buffer | Readable | null, headers: Record<string, string> = {}): Promise<Reply> =>
    gateway.call('PUT', path, {
      headers: { 'x-auth-token': token, 'content-type': 'application/octet-stream', ...headers },
      body,
    });
  const calls = (verb: string): Received[] => gateway.catalog.received.filter(({ url }) => url.endsWith(verb));
  const bodies = (verb: string) => calls(verb).map(({ body }) => JSON.parse(body.toString()));
  const via = ({ headers }: Received) => gateway.verifier.verify(String(headers[internalHeaders.identity]));
  const head = (rest = '') =>
    `PUT ${path} HTTP/1.1\r\nHost: x\r\nX-Auth-Token: ${token}\r\nContent-Type: application/octet-stream\r\n${rest}\r\n`;

  it('begins as the caller, stores what comes, and completes in its own name with size and digests', async () => {
    const data = randomBytes(3_000_000);
    const reply = await put(data, { 'x-openstack-image-size': '3000000' });
    expect([reply.status, reply.body.length]).toEqual([204, 0]);
    const [begin] = calls('begin-upload');
    expect(begin!.url).toBe(`/internal/images/${id}/begin-upload`);
    expect(via(begin!)).toMatchObject({ roles: ['member', 'reader'], via: 'gateway' });
    expect(begin!.headers[internalHeaders.requestId]).toBe(reply.headers['x-openstack-request-id']);
    expect(bodies('begin-upload')).toEqual([{ declared_size: 3_000_000, staging: false }]);
    const [complete] = calls('complete');
    expect(complete!.url).toBe(`/internal/uploads/${attempt}/complete`);
    expect(via(complete!)).toMatchObject({ user: 'gateway', roles: [], source: 'service' });
    expect(bodies('complete')).toEqual([
      {
        image_id: id,
        size: 3_000_000,
        checksum: digest('md5', data),
        os_hash_algo: 'sha512',
        os_hash_value: digest('sha512', data),
        virtual_size: null,
        content_format: null,
      },
    ]);
    const stored: Buffer[] = [];
    for await (const chunk of await store.read(key)) stored.push(chunk as Buffer);
    expect(Buffer.concat(stored).equals(data)).toBe(true);
    expect(calls('fail')).toEqual([]);
  });

  it('takes chunks without an announced length, and no bytes at all', async () => {
    const data = randomBytes(100_000);
    expect((await put(Readable.from([data.subarray(0, 10), data.subarray(10)]))).status).toBe(204);
    expect(bodies('begin-upload')).toEqual([{ declared_size: null, staging: false }]);
    expect(bodies('complete')[0].checksum).toBe(digest('md5', data));
    attempt = randomUUID();
    key = `images/ee/${attempt}`;
    expect((await put(null, { 'content-length': '0' })).status).toBe(204);
    expect(bodies('complete')[1]).toMatchObject({ size: 0, checksum: digest('md5', Buffer.alloc(0)) });
  });

  it.each([
    ['another media type', { 'content-type': 'text/plain' }, 415, 'unsupported-media-type'],
    ['no media type', { 'content-type': '' }, 415, 'unsupported-media-type'],
    ['an announced size that differs', { 'x-openstack-image-size': '11' }, 400, 'size-mismatch'],
    ['an announced size that is no number', { 'x-openstack-image-size': 'x' }, 400, 'bad-request'],
  ])('given %s, refuses before the catalog hears of it', async (_, headers, status, code) => {
    const reply = await put(Buffer.from('0123456789'), headers);
    expect([reply.status, reply.json.error]).toEqual([status, code]);
    expect(gateway.catalog.received).toEqual([]);
  });

  it('hands the catalog’s refusal to begin on, with this request’s id, and stores nothing', async () => {
    says['begin-upload'] = (res) => refuse(res, 409, 'status-conflict');
    const before = files();
    const reply = await put(Buffer.alloc(2_000_000));
    expect([reply.status, reply.json.error, reply.json.message]).toEqual([409, 'status-conflict', 'no']);
    expect(reply.json.request_id).toBe(reply.headers['x-openstack-request-id']);
    expect(files()).toEqual(before);
    expect(gateway.catalog.received.length).toBe(1);
  });

  it('asks a client that waits for 100-continue to send only once the upload has begun', async () => {
    const { socket, text } = await opened();
    socket.write(head('Content-Length: 4\r\nExpect: 100-continue\r\n'));
    await until(() => text().includes('100 Continue'));
    expect(calls('begin-upload').length).toBe(1);
    socket.write('data');
    await until(() => text().includes('204 No Content'));
    socket.destroy();

    says['begin-upload'] = (res) => refuse(res, 403, 'forbidden');
    const refused = await opened();
    refused.socket.write(head('Content-Length: 4\r\nExpect: 100-continue\r\n'));
    await until(() => refused.text().includes('403 '));
    expect(refused.text()).not.toContain('100 Continue');
    refused.socket.destroy();
  });

  it.each([
    ['too much, announced', () => Buffer.alloc(2_000), 413, 'image-too-large'],
    ['too much, not announced', () => Readable.from([Buffer.alloc(900), Buffer.alloc(900)]), 413, 'image-too-large'],
  ])('given %s, refuses, fails the attempt and leaves nothing', async (_, body, status, code) => {
    given.max_size = 1_000;
    const before = files();
    const reply = await put(body());
    expect([reply.status, reply.json.error]).toEqual([status, code]);
    expect(bodies('fail')).toEqual([{ image_id: id, reason: expect.any(String), killed: false }]);
    expect(calls('complete')).toEqual([]);
    expect(files()).toEqual(before);
  });

  describe('whose data is looked at', () => {
    const backed = Buffer.alloc(100_000);
    backed.set([0x51, 0x46, 0x49, 0xfb, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 2]);

    beforeEach(() => {
      given.content = { disk_format: 'raw', check: 'refuse', max_virtual_size: 1_000_000 };
    });

    it('completes with what it is', async () => {
      expect((await put(Buffer.alloc(100_000))).status).toBe(204);
      expect(bodies('complete')).toMatchObject([{ size: 100_000, virtual_size: 100_000, content_format: 'raw' }]);
    });

    it.each([
      ['of another format', Buffer.from('vhdxfile'), 'content-mismatch', /vhdx and not the declared raw/],
      ['that is dangerous', backed, 'content-dangerous', /backing file/],
    ])('given data %s, refuses, fails the attempt with the reason and leaves nothing', async (_, body, code, why) => {
      const before = files();
      const reply = await put(body);
      expect([reply.status, reply.json.error]).toEqual([415, code]);
      expect(reply.json.message).toMatch(why);
      expect(bodies('fail')).toEqual([{ image_id: id, reason: reply.json.message, killed: false }]);
      expect(calls('complete')).toEqual([]);
      expect(files()).toEqual(before);
    });

    it('by a catalog that knows nothing of it, takes any', async () => {
      given = { lease_seconds: 60, max_size: 10_000_000 } as typeof given;
      expect((await put(backed)).status).toBe(204);
    });

    it('gives a client that sends on after the refusal the answer nevertheless', async () => {
      given.max_size = 100_000_000;
      given.content = { disk_format: 'qcow2', check: 'refuse', max_virtual_size: 1 };
      const { socket, text } = await opened();
      socket.write(head('Content-Length: 50000000\r\n'));
      const piece = Buffer.alloc(1_000_000);
      for (let sent = 0; sent < 50; sent++) {
        if (!socket.write(piece)) await new Promise((resolve) => socket.once('drain', resolve));
      }
      await until(() => text().includes('"content-mismatch"') && socket.readableEnded);
      socket.destroy();
    });
  });

  it('given fewer or more chunked bytes than the size header says, refuses and fails the attempt', async () => {
    for (const size of ['9', '11']) {
      const reply = await put(Readable.from([Buffer.alloc(10)]), { 'x-openstack-image-size': size });
      expect([reply.status, reply.json.error]).toEqual([400, 'size-mismatch']);
    }
    expect(calls('fail').length).toBe(2);
  });

  it('gives a client that sends on after a refusal the answer nevertheless', async () => {
    says['begin-upload'] = (res) => refuse(res, 404, 'not-found');
    const { socket, text } = await opened();
    socket.write(head('Content-Length: 50000000\r\n'));
    const piece = Buffer.alloc(1_000_000);
    for (let sent = 0; sent < 50; sent++) {
      if (!socket.write(piece)) await new Promise((resolve) => socket.once('drain', resolve));
    }
    await until(() => text().includes('"not-found"') && socket.readableEnded);
    expect(text()).toMatch(/connection: close/i);
  });

  it.each([
    ['ends the connection', (socket: Socket) => socket.end()],
    ['resets it', (socket: Socket) => socket.resetAndDestroy()],
  ])('when the client %s amid the data, fails the attempt and leaves nothing', async (_, leave) => {
    const before = files();
    const { socket } = await opened();
    socket.write(head('Content-Length: 1000000\r\n'));
    socket.write(Buffer.alloc(300_000));
    await until(() => calls('begin-upload').length === 1);
    await sleep(50);
    leave(socket);
    await until(() => calls('fail').length === 1);
    expect(bodies('fail')).toEqual([{ image_id: id, reason: 'the data stopped coming', killed: false }]);
    expect(files()).toEqual(before);
    socket.destroy();
  });

  it('gives up a client that sends next to nothing', async () => {
    const { socket, text } = await opened();
    socket.write(head('Content-Length: 1000000\r\n'));
    const trickle = setInterval(() => socket.write('x'), 100);
    await until(() => calls('fail').length === 1);
    clearInterval(trickle);
    await until(() => text().includes('"upload-interrupted"'));
    socket.destroy();
  });

  it('renews its lease every third of it while the data comes', async () => {
    given.lease_seconds = 0.6;
    const { socket, text } = await opened();
    socket.write(head('Content-Length: 10000\r\n'));
    for (let n = 0; n < 10; n++) {
      socket.write(Buffer.alloc(1_000));
      await sleep(100);
    }
    await until(() => text().includes('204 '));
    expect(calls('renew').length).toBeGreaterThanOrEqual(3);
    expect(bodies('renew')[0]).toEqual({ image_id: id });
    socket.destroy();
  });

  it('stops at once when the attempt has ended meanwhile, without failing what is not its own any more', async () => {
    given.lease_seconds = 0.3;
    says.renew = (res) => refuse(res, 409, 'attempt-superseded');
    const before = files();
    const { socket, text } = await opened();
    socket.write(head('Content-Length: 1000000\r\n'));
    socket.write(Buffer.alloc(1_000));
    await until(() => text().includes('"attempt-superseded"'));
    expect(text()).toMatch(/^HTTP\/1\.1 409 /);
    expect(calls('fail')).toEqual([]);
    expect(files()).toEqual(before);
    socket.destroy();
  });

  it('when the attempt is superseded at its end, removes its own data and says so', async () => {
    says.complete = (res) => refuse(res, 409, 'attempt-superseded');
    const reply = await put(Buffer.from('data'));
    expect([reply.status, reply.json.error]).toEqual([409, 'attempt-superseded']);
    expect(await store.stat(key)).toBeNull();
  });

  it('completes again as long as it does not know the outcome', async () => {
    let failures = 2;
    says.complete = (res) => {
      if (failures-- > 0) res.socket!.resetAndDestroy();
      else res.writeHead(204).end();
    };
    expect((await put(Buffer.from('data'))).status).toBe(204);
    expect(calls('complete').length).toBe(3);
    expect(await store.stat(key)).toMatchObject({ size: 4 });
  });
});

describe('a download', () => {
  const data = Buffer.from('0123456789');
  const big = randomBytes(40 * 1024 * 1024);
  let locator: BlobLocator;
  let answers: (() => BlobLocator | number)[];

  const stored = async (bytes: Buffer): Promise<BlobLocator> => {
    const key = `images/dd/${randomUUID()}`;
    const writer = await store.writer(key);
    await writer.write(bytes);
    await writer.commit();
    return {
      image_id: id,
      key,
      size: bytes.length,
      checksum: digest('md5', bytes),
      os_hash_algo: 'sha512',
      os_hash_value: digest('sha512', bytes),
    };
  };

  beforeAll(async () => {
    locator = await stored(data);
  });
  beforeEach(() => {
    answers = [];
    gateway.catalog.received.length = 0;
    gateway.catalog.answer = (_request, res) => {
      const answer = (answers.length > 1 ? answers.shift()! : (answers[0] ?? (() => locator)))();
      if (answer === 204) res.writeHead(204).end();
      else if (answer === 403) refuse(res, 403, 'image-deactivated');
      else if (answer === 404) refuse(res, 404, 'not-found');
      else res.writeHead(200, { [internalHeaders.locator]: JSON.stringify(answer) }).end();
    };
  });

  const get = (headers: Record<string, string> = {}) =>
    gateway.call('GET', path, { headers: { 'x-auth-token': token, ...headers } });

  it('sends the whole image with its digests, and nothing of where it is', async () => {
    const reply = await get();
    expect([reply.status, reply.body.toString()]).toEqual([200, '0123456789']);
    expect(reply.headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-length': '10',
      'content-md5': digest('md5', data),
      etag: `"${digest('sha512', data)}"`,
      'accept-ranges': 'bytes',
    });
    expect(JSON.stringify(reply.headers)).not.toContain(locator.key);
    expect(reply.headers).not.toHaveProperty(internalHeaders.locator);
  });

  it.each([
    ['0-4', '01234', '0-4'],
    ['5-', '56789', '5-9'],
    ['-3', '789', '7-9'],
    ['8-50', '89', '8-9'],
    ['-30', '0123456789', '0-9'],
    ['0-0', '0', '0-0'],
    ['9-', '9', '9-9'],
  ])('given bytes=%s, sends %s as 206', async (range, expected, sent) => {
    const reply = await get({ range: `bytes=${range}` });
    expect([reply.status, reply.body.toString()]).toEqual([206, expected]);
    expect(reply.headers['content-range']).toBe(`bytes ${sent}/10`);
    expect(reply.headers['content-md5']).toBe(digest('md5', data));
  });

  it.each([
    'bytes=10-',
    'bytes=20-30',
    'bytes=5-2',
    'bytes=x',
    'bytes=-',
    'bytes=-0',
    'lines=1-2',
    'bytes',
    'bytes=1-2x',
  ])('given %s, refuses with 416 and the size', async (range) => {
    const reply = await get({ range });
    expect([reply.status, reply.json.error]).toEqual([416, 'range-not-satisfiable']);
    expect(reply.headers['content-range']).toBe('bytes */10');
  });

  it('refuses several ranges', async () => {
    const reply = await get({ range: 'bytes=0-1,3-4' });
    expect([reply.status, reply.json.error]).toEqual([400, 'invalid-range']);
  });

  it('honours a Content-Range in the request, as old clients send it', async () => {
    const reply = await get({ 'content-range': 'bytes 1-3/*' });
    expect([reply.status, reply.body.toString()]).toEqual([206, '123']);
    expect((await get({ 'content-range': 'bytes 3-1/*' })).status).toBe(416);
    expect((await get({ 'content-range': 'nonsense' })).status).toBe(416);
  });

  it('sends the whole when If-Range names other data', async () => {
    const etag = `"${digest('sha512', data)}"`;
    expect((await get({ range: 'bytes=0-4', 'if-range': etag })).status).toBe(206);
    const other = await get({ range: 'bytes=0-4', 'if-range': '"other"' });
    expect([other.status, other.body.length]).toEqual([200, 10]);
  });

  it('answers 204 when there is no data yet, and 200 with nothing for an image of size 0', async () => {
    answers = [() => 204];
    const none = await get();
    expect([none.status, none.body.length]).toEqual([204, 0]);
    answers = [() => ({ ...locator, key: null, size: 0, checksum: digest('md5', Buffer.alloc(0)) })];
    const empty = await get();
    expect([empty.status, empty.headers['content-length'], empty.headers['content-md5']]).toEqual([
      200,
      '0',
      digest('md5', Buffer.alloc(0)),
    ]);
    expect((await get({ range: 'bytes=0-0' })).headers['content-range']).toBe('bytes */0');
  });

  it('hands a refusal on, also when a range was asked for', async () => {
    answers = [() => 403];
    const reply = await get({ range: 'bytes=0-1' });
    expect([reply.status, reply.json.error]).toEqual([403, 'image-deactivated']);
  });

  it('asks again when the data is not there: gone is 404, lost is 503', async () => {
    const lost = { ...locator, key: `images/dd/${randomUUID()}` };
    answers = [() => lost, () => 404];
    expect((await get()).json.error).toBe('not-found');
    answers = [() => lost];
    const reply = await get();
    expect([reply.status, reply.json.error, reply.headers['retry-after']]).toEqual([503, 'unavailable', '1']);
  });

  it('is unavailable when the catalog says what is no locator', async () => {
    answers = [() => ({ ...locator, size: -1 })];
    expect((await get()).status).toBe(503);
  });

  describe('of a large image', () => {
    let large: BlobLocator;
    beforeAll(async () => {
      large = await stored(big);
    });
    beforeEach(() => {
      answers = [() => large];
    });

    const request = `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n`;

    /** Takes a sixth at a time and rests between, however fast the machine is; what came until the connection closed. */
    async function takenInSteps(restMs: number): Promise<number> {
      const { socket } = await opened();
      let taken = 0;
      let rest = Promise.resolve();
      socket.on('data', (chunk) => {
        const before = Math.floor((taken * 6) / big.length);
        taken += chunk.length;
        if (Math.floor((taken * 6) / big.length) === before) return;
        socket.pause();
        rest = sleep(restMs).then(() => void socket.resume());
      });
      socket.write(`${request}X-Auth-Token: ${token}\r\n\r\n`);
      await until(() => socket.closed);
      await rest;
      return taken;
    }

    it('sends every byte, and the middle of it', async () => {
      expect((await get()).body.equals(big)).toBe(true);
      const part = await get({ range: 'bytes=10000000-30000000' });
      expect(part.body.equals(big.subarray(10_000_000, 30_000_001))).toBe(true);
    });

    it('goes on at the pace of a slow client, and asks the catalog again meanwhile', async () => {
      // For longer than the patience and the time between two questions, though the last sixths wait in buffers.
      expect(await takenInSteps(400)).toBeGreaterThan(big.length);
      expect(gateway.catalog.received.length).toBeGreaterThanOrEqual(2);
    });

    it('runs to its end when the image is deleted meanwhile, and is cut when it is deactivated', async () => {
      for (const [answer, whole] of [
        [404, true],
        [403, false],
      ] as const) {
        answers = [() => large, () => answer];
        expect((await takenInSteps(300)) > big.length).toBe(whole);
      }
    });

    it('gives up a client that takes nothing', async () => {
      const { socket } = await opened();
      const closed = new Promise((resolve) => socket.once('close', resolve));
      socket.pause();
      socket.write(`${request}X-Auth-Token: ${token}\r\n\r\n`);
      await sleep(3_000);
      let taken = 0;
      socket.on('data', (chunk) => (taken += chunk.length));
      socket.resume();
      await closed;
      expect(taken).toBeLessThan(big.length);
    });

    it('is unavailable, before anything was sent, when the store has less than the catalog says', async () => {
      answers = [() => ({ ...large, size: large.size + 1 })];
      expect((await get()).status).toBe(503);
    });
  });
});

afterAll(() => rmSync(gateway.directory, { recursive: true, force: true }));
