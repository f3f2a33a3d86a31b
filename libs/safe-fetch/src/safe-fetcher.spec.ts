import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Server as HttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { CertificateAuthority } from '../../../test/support/certificates.js';
import { FetchFailed, FetchTooLarge } from './failures.js';
import { FetchUrlRefused } from './fetch-url.js';
import { Networks } from './networks.js';
import { SafeFetcher, type SafeFetcherOptions } from './safe-fetcher.js';
import { TestNameServer } from './testing/dns-server.js';
import { httpServer, listening } from './testing/listeners.js';

const answerWithinMs = 600;
const never = new AbortController().signal;
const servers: (Server | HttpServer)[] = [];
const sockets: Socket[] = [];

async function serving(server: Server | HttpServer): Promise<number> {
  servers.push(server);
  return listening(server, '127.0.0.1');
}

const fetching = (ports: number[], options: Partial<SafeFetcherOptions> = {}) =>
  new SafeFetcher({
    networks: new Networks(['127.0.0.0/8']),
    ports,
    schemes: ['http', 'https'],
    maxRedirects: 2,
    answerWithinMs,
    silenceMs: 300,
    wholeWithinMs: 2_000,
    ...options,
  });

afterAll(() => {
  for (const socket of sockets) socket.destroy();
  for (const server of servers) {
    server.close();
    if ('closeAllConnections' in server) server.closeAllConnections();
  }
});

describe('what a caller learns of a place', () => {
  let blocked: ChildProcess;

  afterAll(() => blocked?.kill('SIGKILL'));

  /** A port that answers no connection at all, as behind a filter: its queue is full and nobody takes from it. */
  async function filteredPort(): Promise<number> {
    const program = `require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, function () {
      require('node:fs').writeSync(1, String(this.address().port) + '\\n');
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60000);
    })`;
    blocked = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(blocked.stdout!, 'data')) as [Buffer];
    const port = Number(line.toString());
    for (let full = 0; full < 4; full += 1) {
      const socket = connect(port, '127.0.0.1').on('error', () => undefined);
      sockets.push(socket);
      await Promise.race([once(socket, 'connect'), new Promise((resolve) => setTimeout(resolve, 300))]);
    }
    return port;
  }

  const closedPort = async (): Promise<number> => {
    const server = createServer();
    const port = await listening(server, '127.0.0.1');
    await new Promise((resolve) => server.close(resolve));
    return port;
  };
  const speaking = (text: string) =>
    serving(createServer((socket) => void socket.on('error', () => undefined).end(text)));
  const silent = () => serving(createServer((socket) => void sockets.push(socket)));
  const authority = new CertificateAuthority();
  const withTls = () => serving(createHttpsServer(authority.certify('localhost'), (_req, res) => void res.end('x')));

  it('is the same, and as late, for ports closed, filtered, silent, and open with something else than data', async () => {
    const places = {
      closed: await closedPort(),
      filtered: await filteredPort(),
      silent: await silent(),
      banner: await speaking('SSH-2.0-OpenSSH_9.9\r\n'),
      hangsUp: await speaking(''),
      missing: await speaking('HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n'),
      failing: await speaking('HTTP/1.1 500 Oops\r\ncontent-length: 3\r\n\r\nwhy'),
      tls: await withTls(),
      strangeTls: await withTls(),
    };
    const fetcher = fetching(Object.values(places));
    const answers = await Promise.all(
      Object.entries(places).map(async ([place, port]) => {
        const began = performance.now();
        const scheme = place === 'strangeTls' ? 'https' : 'http';
        const error = (await fetcher
          .open(`${scheme}://127.0.0.1:${port}/`, 100, never)
          .catch((e: unknown) => e)) as Error;
        return { place, name: error.name, message: error.message, tookMs: performance.now() - began };
      }),
    );
    for (const { place, name, message, tookMs } of answers) {
      expect({ place, name, message }).toEqual({
        place,
        name: 'FetchFailed',
        message: 'The URL could not be fetched.',
      });
      expect(tookMs).toBeGreaterThan(answerWithinMs - 5);
      expect(tookMs).toBeLessThan(answerWithinMs * 2);
    }
  }, 20_000);
});

describe('what is fetched', () => {
  it('comes over TLS from a name, by the certificate of that name, and never goes on without TLS', async () => {
    const authority = new CertificateAuthority();
    const port = await serving(
      createHttpsServer(authority.certify('localhost'), ({ url, headers }, res) =>
        url === '/down' ? res.writeHead(302, { location: `http://localhost:${port}/` }).end() : res.end(headers.host),
      ),
    );
    const names = new TestNameServer(() => ['127.0.0.1']);
    const nameServers = [await names.start()];
    const fetcher = fetching([port], { ca: authority.cert, nameServers });
    const { stream } = await fetcher.open(`https://localhost:${port}/`, 100, never);
    expect((await stream.toArray()).join('')).toBe(`localhost:${port}`);
    await expect(fetcher.open(`https://elsewhere.test:${port}/`, 100, never)).rejects.toThrow(FetchFailed);
    await expect(fetcher.open(`https://localhost:${port}/down`, 100, never)).rejects.toMatchObject({
      cause: { message: 'a redirect away from TLS' },
    });
    names.stop();
  }, 10_000);

  it('is refused when it is announced as too large, and says its size otherwise', async () => {
    const port = await serving(httpServer((_req, res) => void res.end('x'.repeat(101))));
    const fetcher = fetching([port]);
    await expect(fetcher.open(`http://127.0.0.1:${port}/`, 100, never)).rejects.toThrow(FetchTooLarge);
    const { stream, size } = await fetcher.open(`http://127.0.0.1:${port}/`, 101, never);
    expect(size).toBe(101);
    stream.destroy();
  });

  it.each([
    ['falls silent', (write: () => void) => write(), 300],
    ['takes too long', (write: () => void) => void setInterval(write, 50).unref(), 1_000],
  ])('ends in an error when it %s', async (_what, send, atLeastMs) => {
    const port = await serving(
      httpServer((_req, res) => {
        send(() => void res.write('x'));
      }),
    );
    const began = performance.now();
    const { stream } = await fetching([port], { wholeWithinMs: 1_000 }).open(`http://127.0.0.1:${port}/`, 1e9, never);
    await expect(stream.toArray()).rejects.toThrow();
    expect(performance.now() - began).toBeGreaterThan(atLeastMs - 10);
    expect(performance.now() - began).toBeLessThan(atLeastMs + 1_500);
  });

  it('is given up when its caller gives it up: before an answer, and amid the data', async () => {
    const mute = await serving(createServer((socket) => void sockets.push(socket)));
    const endless = await serving(httpServer((_req, res) => void setInterval(() => res.write('x'), 20).unref()));
    const fetcher = fetching([mute, endless]);
    const caller = new AbortController();
    const waiting = fetcher.open(`http://127.0.0.1:${mute}/`, 100, caller.signal);
    const { stream } = await fetcher.open(`http://127.0.0.1:${endless}/`, 100, caller.signal);
    caller.abort(new Error('cancelled'));
    await expect(waiting).rejects.toThrow('cancelled');
    await expect(stream.toArray()).rejects.toThrow('cancelled');
  });

  it('is checked before anything is promised', () => {
    const fetcher = fetching([80]);
    expect(() => fetcher.check('http://images.example/disk.raw')).not.toThrow();
    for (const url of ['ftp://images.example/', 'http://images.example:81/', 'http://10.0.0.1/', 'http://0x7f.1/'])
      expect(() => fetcher.check(url)).toThrow(FetchUrlRefused);
  });
});
