import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { BlobStoreFull, BlobStoreUnavailable } from '../port.js';
import { put } from '../testing/support.js';
import { Signer } from './signer.js';
import { createS3BlobStore } from './store.js';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const patience = 30_000;
const xml = (code: string) =>
  `<?xml version="1.0"?><Error><Code>${code}</Code><Message>/secret-bucket/k</Message></Error>`;
const begun: Answer = (_, response) =>
  response.end('<InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>');
const failing =
  (status: number, code: string): Answer =>
  (request, response) => {
    request.resume().on('end', () => response.writeHead(status).end(xml(code)));
  };

/** What a server answers to each step of a write; a step that is not named never gets an answer. */
interface Script {
  readonly begin?: Answer;
  readonly part?: Answer;
  readonly get?: Answer;
  readonly other?: Answer;
}

describe('a failing S3 server', () => {
  let script: Script = {};
  const server = createServer((request, response) => {
    const { method, url = '' } = request;
    if (method === 'POST' && url.includes('uploads')) script.begin?.(request, response);
    else if (method === 'PUT') script.part?.(request, response);
    else if (method === 'GET') script.get?.(request, response);
    else script.other?.(request, response);
  });
  let endpoint: string;

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const store = (timeoutMs = 1_000) =>
    createS3BlobStore({
      endpoint,
      region: 'us-east-1',
      bucket: 'secret-bucket',
      accessKey: 'secret-access',
      secretKey: 'secret-secret',
      pathStyle: true,
      encryption: 'none',
      timeoutMs,
    });

  async function errorOf(work: Promise<unknown>): Promise<unknown> {
    const error = await work.then(
      () => new Error('it succeeded'),
      (caught: unknown) => caught,
    );
    const shown = [error, (error as Error).stack, JSON.stringify(error), (error as Error).cause].map(String).join();
    expect(shown).not.toMatch(/127\.0\.0\.1|secret-|some\/key/);
    return error;
  }

  const write = (timeoutMs?: number) => errorOf(put(store(timeoutMs), 'some/key', Buffer.from('x')));

  it.each<[string, Script, typeof BlobStoreFull | typeof BlobStoreUnavailable]>([
    ['has no room at the beginning', { begin: failing(507, 'XMinioStorageFull') }, BlobStoreFull],
    ['has no room for a part', { begin: begun, part: failing(507, 'XMinioStorageFull') }, BlobStoreFull],
    ['has a quota', { begin: begun, part: failing(400, 'XMinioAdminBucketQuotaExceeded') }, BlobStoreFull],
    ['asks to slow down', { begin: failing(503, 'SlowDown') }, BlobStoreUnavailable],
    ['does not know us', { begin: failing(403, 'InvalidAccessKeyId') }, BlobStoreUnavailable],
    ['lost its bucket', { begin: failing(404, 'NoSuchBucket') }, BlobStoreUnavailable],
    ['talks nonsense', { begin: (_, response) => response.end('<html>') }, BlobStoreUnavailable],
    ['hangs up', { begin: (request) => request.socket.destroy() }, BlobStoreUnavailable],
  ])(
    'given one that %s, then the write says so, and no name or key',
    async (_, given, expected) => {
      script = { other: failing(404, 'NoSuchUpload'), ...given };
      expect(await write()).toBeInstanceOf(expected);
    },
    patience,
  );

  it.each<[string, Script]>([
    ['at the beginning', {}],
    ['to a part', { begin: begun }],
  ])(
    'given one that never answers %s, then the write is given up',
    async (_, given) => {
      script = { other: failing(404, 'NoSuchUpload'), ...given };
      expect(await write(150)).toBeInstanceOf(BlobStoreUnavailable);
    },
    patience,
  );

  it.each<[string, Answer]>([
    [
      'ends early',
      (_, response) =>
        response.writeHead(200, { 'content-length': '100' }).write('x'.repeat(50), () => response.destroy()),
    ],
    ['stalls', (_, response) => response.writeHead(200, { 'content-length': '100' }).write('x'.repeat(50))],
    ['does not say how much it is', (_, response) => response.writeHead(200).end('x'.repeat(50))],
    ['is an error', failing(500, 'InternalError')],
  ])(
    'given an answer that %s, then a download fails',
    async (_, get) => {
      script = { get };
      const read = (async () => (await store().read('some/key')).toArray())();
      expect(await errorOf(read)).toBeInstanceOf(BlobStoreUnavailable);
    },
    patience,
  );

  it.each([
    [true, 'http://objects.example:9000/cloud-images/a/b?'],
    [false, 'http://cloud-images.objects.example:9000/a/b?'],
  ])('given path style %s, then requests go to %s', (pathStyle, beginning) => {
    const keys = { accessKey: 'access', secretKey: 'secret' };
    const options = { endpoint: 'http://objects.example:9000', region: 'eu-north-1', bucket: 'cloud-images', ...keys };
    const signer = new Signer({ ...options, pathStyle, encryption: 'none' }, 1_000);
    const url = signer.presign({ method: 'GET', key: 'a/b' });
    expect(url.slice(0, beginning.length)).toBe(beginning);
    expect(url).toContain('eu-north-1');
  });
});
