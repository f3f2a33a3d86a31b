import { once } from 'node:events';
import type { IncomingMessage, Server as HttpServer, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { FetchFailed } from './failures.js';
import { Networks } from './networks.js';
import { SafeFetcher } from './safe-fetcher.js';
import { TestNameServer } from './testing/dns-server.js';
import { ForbiddenListener, httpServer, listening } from './testing/listeners.js';

const answerWithinMs = 1_000;
const data = 'the data of an image';
/** Where fetching is allowed in these tests; all other addresses of the machine stand for the inside of a network. */
const allowed = '127.0.1.1';
const forbiddenHosts = ['127.0.0.1', '127.0.0.2', '::1'];

const forbiddenNames: Record<string, readonly string[]> = {
  'loopback.test': ['127.0.0.1'],
  'other-loopback.test': ['127.0.0.2'],
  'six.test': ['::1'],
  'unspecified.test': ['0.0.0.0'],
  'six-unspecified.test': ['::'],
  'mapped.test': ['::ffff:7f00:1'],
  'translated.test': ['64:ff9b::7f00:1'],
  'tunnelled.test': ['2002:7f00:1::'],
  'private-10.test': ['10.0.0.1'],
  'private-172.test': ['172.16.0.1'],
  'private-192.test': ['192.168.0.1'],
  'link-local.test': ['169.254.169.254'],
  'shared.test': ['100.100.100.200'],
  'wire.test': ['168.63.129.16'],
  'unique-local.test': ['fd00:ec2::254'],
  'six-link-local.test': ['fe80::1'],
  'multicast.test': ['224.0.0.1'],
  'broadcast.test': ['255.255.255.255'],
  'mixed.test': [allowed, '127.0.0.1'],
  'mixed-other-way.test': ['127.0.0.1', allowed],
  'mixed-families.test': [allowed, '::1'],
  'no-address.test': [],
};

function zone(name: string, asked: number): readonly string[] | null {
  if (name === 'data.test' || name.endsWith('.data.test')) return [allowed];
  // Rebinding: what was good when it was looked at is another place when it is connected to.
  if (name.endsWith('.rebinds.test')) return asked === 1 ? [allowed] : ['127.0.0.1'];
  return forbiddenNames[name] ?? null;
}

let nameServer: TestNameServer;
let server: HttpServer;
let port: number;
let forbiddenPort: number;
let fetcher: SafeFetcher;
const forbidden: ForbiddenListener[] = [];

beforeAll(async () => {
  nameServer = new TestNameServer(zone);
  const nameServers = [await nameServer.start()];
  server = httpServer(serve);
  port = await listening(server, allowed);
  for (const host of forbiddenHosts) await listenForbidden(host, port);
  // Every address that this machine has.
  forbiddenPort = await listenForbidden('0.0.0.0', 0);
  await listenForbidden('::', forbiddenPort);
  fetcher = new SafeFetcher({
    networks: new Networks([`${allowed}/32`]),
    ports: [port, forbiddenPort],
    schemes: ['http', 'https'],
    maxRedirects: 5,
    answerWithinMs,
    silenceMs: 1_000,
    wholeWithinMs: 5_000,
    nameServers,
  });
});

afterAll(() => {
  nameServer.stop();
  server.close();
  server.closeAllConnections();
  for (const listener of forbidden) listener.stop();
});

async function listenForbidden(host: string, at: number): Promise<number> {
  const listener = new ForbiddenListener();
  forbidden.push(listener);
  return listener.start(host, at);
}

/** `/hop/<n>?status=…&to=…` redirects n times before it redirects to where it was told to. */
function serve({ url = '' }: IncomingMessage, res: ServerResponse): void {
  const { pathname, searchParams } = new URL(url, 'http://any');
  const [, hops] = /^\/hop\/(\d+)$/.exec(pathname) ?? [];
  if (hops === undefined) return void res.end(data);
  const to = searchParams.get('to') ?? '';
  const status = Number(searchParams.get('status') ?? 302);
  res.writeHead(status, { location: hops === '1' ? to : hopsTo(to, Number(hops) - 1, status) }).end();
}

const hopsTo = (to: string, hops: number, status = 302): string =>
  `/hop/${hops}?status=${status}&to=${encodeURIComponent(to)}`;

const viaHops = (to: string, hops: number, status?: number): string =>
  `http://${allowed}:${port}${hopsTo(to, hops, status)}`;

const oddHosts = [
  ...['127.0.0.1', '127.0.0.2', '127.1', '127.0.1', '2130706433', '0x7f000001', '0x7f.0.0.1', '0x7f.1', '017700000001'],
  ...['0177.0.0.1', '0177.1', '00000177.0.0.1', '127.0.0.1.', '127.000.000.001', '0', '0.0.0.0', '0x0', '127.0.0.0x1'],
  ...['[::1]', '[::]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[0:0:0:0:0:0:0:1]', '[0000::0001]', '[::127.0.0.1]'],
  ...['[::ffff:0:127.0.0.1]', '[64:ff9b::127.0.0.1]', '[2002:7f00:1::]', '[::1%25lo]', '[fe80::1%25eth0]', '[::1]a'],
  ...['169.254.169.254', '2852039166', '0xa9fea9fe', '0251.0376.0251.0376', '[::ffff:169.254.169.254]', '10.0.0.1'],
  ...['192.168.0.1', '172.16.0.1', '100.64.0.1', '198.18.0.1', '224.0.0.1', '[fc00::1]', '[ff02::1]', '168.63.129.16'],
  ...['localhost', 'localhost.', 'LOCALHOST', 'sub.localhost', 'ip6-localhost', '127.0.0.1.nip.test', '١٢٧.0.0.1'],
  ...['127.0.0.1', '①②⑦.⓪.⓪.①', '127。0。0。1', '%31%32%37.0.0.1', '127.0.0.1%00.data.test', 'data.test%2f@127.0.0.1'],
  ...['user@127.0.0.1', 'user:word@127.0.0.1', `${allowed}@127.0.0.1`, `${allowed}:80@127.0.0.1`, 'a@data.test'],
  ...['127.0.0.1\\@data.test', 'data.test\\@127.0.0.1', '127.0.0.1#@data.test', 'ｌocalhost', '-', '..', ' 127.0.0.1'],
  ...['127.0.1.01', '0x7f.0.1.1', '2130706689', '[::ffff:127.0.0.1.]', '127.0.0.1\t', '\n127.0.0.1', '256.256.256.256'],
];

const oddUrls = (): string[] => [
  'file:///etc/passwd',
  'FILE:///etc/passwd',
  'file:/etc/passwd',
  'filesystem:///etc/passwd',
  `ftp://data.test:${port}/`,
  `gopher://127.0.0.1:${forbiddenPort}/`,
  `ws://data.test:${port}/`,
  `dict://127.0.0.1:${forbiddenPort}/`,
  'data:text/plain,x',
  'javascript:alert(1)',
  `blob:http://data.test:${port}/x`,
  `//data.test:${port}/`,
  `http:data.test:${port}/`,
  `http:/data.test:${port}/`,
  `http:///data.test:${port}/`,
  `http:\\\\data.test:${port}/`,
  `http://data.test:${port}\\x`,
  `ht\ttp://data.test:${port}/`,
  ` http://data.test:${port}/`,
  `http://data.test:${port}/ x`,
  'http://data.test:22/',
  'http://data.test:25/',
  'http://data.test/',
  'https://data.test/',
  'http://data.test:65536/',
  'http://data.test:/',
  'http://data.test:+80/',
  'http://data.test:0/',
  `http://data.test:${port}/${'x'.repeat(2_048)}`,
  'http://',
  '',
  'x',
];

/** Targets of redirects, over one to five hops. */
const redirectTargets = (): string[] => [
  `http://127.0.0.1:${port}/`,
  `http://127.0.0.2:${port}/`,
  `http://[::1]:${port}/`,
  `http://2130706433:${port}/`,
  `http://0x7f.1:${forbiddenPort}/`,
  `http://0.0.0.0:${forbiddenPort}/`,
  `http://[::ffff:127.0.0.1]:${forbiddenPort}/`,
  `//127.0.0.1:${port}/`,
  `/\\127.0.0.1:${port}/`,
  `http://loopback.test:${port}/`,
  `http://mixed.test:${port}/`,
  `http://user@data.test:${port}/`,
  `http://data.test:1/`,
  'file:///etc/passwd',
  'http://169.254.169.254/latest/meta-data/',
];

function refusedUrls(): string[] {
  const refused = [
    ...oddHosts.map((host) => `http://${host}:${forbiddenPort}/`),
    ...oddUrls(),
    ...Object.keys(forbiddenNames).flatMap((name) => [`http://${name}:${port}/`, `http://${name}:${forbiddenPort}/x`]),
    ...redirectTargets().flatMap((to) => [1, 2, 3, 4, 5].map((hops) => viaHops(to, hops))),
    // One hop too many, and no end at all.
    viaHops(`http://data.test:${port}/`, 6),
    `http://data.test:${port}/hop/1?to=${encodeURIComponent(`http://nowhere.test:${port}/`)}`,
    `http://data.test:${port}/hop/1`,
  ];
  // Good at the first look; looked up again by the redirect, it is the inside.
  for (const hops of [1, 2, 3]) {
    const name = `again-${hops}.rebinds.test:${port}`;
    refused.push(`http://${name}${hopsTo(`http://${name}/`, hops)}`);
  }
  return refused;
}

const allowedUrls = (): string[] => [
  `http://${allowed}:${port}/`,
  `http://${allowed}:${port}`,
  `http://${allowed}:${port}/disk.qcow2`,
  `http://${allowed}:${port}/a/b/c?x=y&z=%2F`,
  `HTTP://${allowed}:${port}/upper`,
  `http://data.test:${port}/`,
  `http://DATA.test:${port}/`,
  `http://data.test.:${port}/trailing-dot`,
  `http://mirror.data.test:${port}/`,
  `http://xn--bcher-kva.data.test:${port}/`,
  `http://under_score.data.test:${port}/`,
  `http://data.test:${port}/#fragment`,
  ...[1, 2, 3, 4, 5].map((hops) => viaHops(`http://data.test:${port}/`, hops)),
  ...[301, 302, 303, 307, 308].map((status) => viaHops('/elsewhere', 1, status)),
  viaHops('elsewhere', 1),
  viaHops('./elsewhere?x', 1),
  viaHops(`//data.test:${port}/protocol-relative`, 2),
  // Resolved once: a second look would be refused.
  `http://pinned.rebinds.test:${port}/`,
];

async function fetched(url: string): Promise<string> {
  const { stream } = await fetcher.open(url, 1_000, new AbortController().signal);
  return (await stream.toArray()).join('');
}

async function inTurns<Item>(items: readonly Item[], width: number, work: (item: Item) => Promise<void>) {
  const waiting = [...items];
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item);
    }),
  );
}

describe('a corpus of URLs', () => {
  it('is refused alike and at one time, with no connection to a forbidden place, while what is allowed is fetched', async () => {
    const refused = refusedUrls();
    const good = allowedUrls();
    expect(refused.length).toBeGreaterThanOrEqual(200);
    expect(good.length).toBeGreaterThanOrEqual(20);
    const wrong: string[] = [];
    await Promise.all([
      inTurns(refused, 32, async (url) => {
        const began = performance.now();
        const error: unknown = await fetched(url).catch((failure: unknown) => failure);
        const tookMs = performance.now() - began;
        if (!(error instanceof FetchFailed) || error.message !== 'The URL could not be fetched.')
          wrong.push(`${url}: ${String(error)}`);
        else if (tookMs < answerWithinMs - 5 || tookMs > answerWithinMs * 2) wrong.push(`${url}: ${tookMs} ms`);
      }),
      inTurns(good, 2, async (url) => {
        const got = await fetched(url).catch((error: Error) => String(error.cause ?? error));
        if (got !== data) wrong.push(`${url}: ${got}`);
      }),
    ]);
    expect(wrong).toEqual([]);
    expect(forbidden.map(({ connections }) => connections)).toEqual(forbidden.map(() => 0));
    expect(nameServer.timesAsked('pinned.rebinds.test')).toBe(1);
  }, 60_000);

  it('would have been seen at the forbidden places', async () => {
    for (const [at, host] of forbiddenHosts.entries()) {
      await once(connect(port, host).resume(), 'close');
      expect(forbidden[at]!.connections).toBe(1);
    }
  });
});
