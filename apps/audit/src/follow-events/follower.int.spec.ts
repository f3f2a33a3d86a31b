import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { logger } from '@cloud-images/service-kit';
import { everything } from '../ledger/entry-filter.js';
import { Sealer } from '../ledger/sealer.js';
import { ReaderLost, SteadyWriter } from '../ledger/steady-writer.js';
import { created, renamed } from '../testing/given.js';
import { createLedgerDatabase, type LedgerDatabase } from '../testing/ledger-database.js';
import { FeedHub } from './feed-hub.js';
import { follow } from './follower.js';

describe('following the ledger, on PostgreSQL', () => {
  let database: LedgerDatabase;
  let sealer: Sealer;
  let hub: FeedHub;
  let server: Server;
  let ended: (string | null)[];
  const id = randomUUID();
  let version = 0;

  beforeEach(async () => {
    database = await createLedgerDatabase();
    hub = new FeedHub({ sql: database.sql, log: logger('audit', 'silent') });
    sealer = new Sealer({ pool: database.pool, onSealed: () => hub.sealed() });
    ended = [];
    version = 0;
    server = createServer((request, response) => {
      const asked = new URL(request.url ?? '', 'http://feed').searchParams;
      response.writeHead(200);
      const number = (name: string, otherwise: number): number => Number(asked.get(name) ?? otherwise);
      follow({
        hub,
        sql: database.sql,
        writer: new SteadyWriter(response, number('patience', 10_000)),
        scope: asked.has('project') ? { project: asked.get('project') as string } : 'all',
        filter: { ...everything, types: asked.getAll('type') },
        from: asked.has('from') ? number('from', 0) : null,
        heartbeatMs: number('heartbeat', 10_000),
        lifeMs: number('life', 60_000),
      }).then(
        () => ended.push(null),
        (error: Error) => {
          ended.push(error.name);
          response.destroy();
        },
      );
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await hub.stop();
    await database.drop();
  });

  /** So many events of one image. */
  async function seal(count: number, padding = ''): Promise<void> {
    const all = Array.from({ length: count }, () => {
      version += 1;
      const more = { number: version };
      if (version === 1) return created(1, 'owner', more, id);
      const arrival = renamed(version, more, id);
      return { ...arrival, event: { ...arrival.event, data: { ...arrival.event.data, padding } } };
    });
    await sealer.take(all);
  }

  async function open(query = ''): Promise<{ response: IncomingMessage; text: () => string; ids: () => number[] }> {
    const { port } = server.address() as AddressInfo;
    const response = await new Promise<IncomingMessage>((done) => get(`http://127.0.0.1:${port}/?${query}`, done));
    let text = '';
    response.setEncoding('utf8').on('error', () => undefined);
    if (!query.includes('patience')) response.on('data', (chunk: string) => (text += chunk));
    const ids = () => [...text.matchAll(/^id: (\d+)\ndata: /gm)].map(([, position]) => Number(position));
    return { response, text: () => text, ids };
  }
  async function until(holds: () => boolean): Promise<void> {
    for (const end = Date.now() + 15_000; !holds(); await sleep(10)) {
      if (Date.now() > end) throw new Error('waited in vain');
    }
  }
  const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, at) => from + at);

  it('given many readers from anywhere while much is sealed, then each gets everything from there, once and in order', async () => {
    await seal(700);
    const readers = await Promise.all(
      Array.from({ length: 30 }, async (_, at) => ({ from: at * 20, feed: await open(`from=${at * 20}`) })),
    );
    for (let times = 0; times < 40; times += 1) await seal(25);
    await until(() => readers.every(({ feed }) => feed.ids().at(-1) === 1_699));
    for (const { from, feed } of readers) expect(feed.ids()).toEqual(range(from, 1_700));
  });

  it('given a reader without a place, then it gets what comes, within moments', async () => {
    await seal(5);
    const feed = await open();
    await until(() => hub.following === 1);
    const began = performance.now();
    await seal(1);
    await until(() => feed.ids().length === 1);
    expect(performance.now() - began).toBeLessThan(1_000);
    expect(feed.ids()).toEqual([5]);
  });

  it('given conditions that nothing meets, then it says now and then how far it is', async () => {
    await seal(300);
    const feed = await open('from=0&type=MemberAdded&heartbeat=50');
    await until(() => feed.text().includes('id: 299\n\n'));
    expect(feed.ids()).toEqual([]);
    const others = await open('from=0&project=other&heartbeat=50');
    await until(() => others.text().includes('id: 299\n\n'));
    expect(others.ids()).toEqual([]);
  });

  it('given its time, then it ends well and the client comes again', async () => {
    const feed = await open('life=100');
    await until(() => ended.length === 1);
    expect(ended).toEqual([null]);
    expect(feed.text()).toContain('retry: 1000');
    expect(hub.following).toBe(0);
  });

  it('given a reader that does not read, then it is cut, and nobody waits for it', async () => {
    const slow = await open('from=0&patience=300');
    slow.response.pause();
    const quick = await open('from=0');
    for (let times = 0; times < 30; times += 1) await seal(10, 'x'.repeat(100_000));
    await until(() => ended.length === 1);
    expect(ended).toEqual([ReaderLost.name]);
    await until(() => quick.ids().length === 300);
    expect(hub.following).toBe(1);
  }, 60_000);

  it('given a stop, then every feed ends', async () => {
    await open();
    await open('from=0');
    await until(() => hub.following === 2);
    await hub.stop();
    await until(() => ended.length === 2);
    expect(ended).toEqual([null, null]);
  });
});
