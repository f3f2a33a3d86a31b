import { EventEmitter, once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { PassThrough } from 'node:stream';
import { internalHeaders, type FileLocator } from '@cloud-images/contracts';
import type { Exchange } from '../edge/exchange.js';
import type { ObjectAnswer } from './located-objects.js';
import { PutObject } from './put-object.js';

const source = ['AUTH_p', 'c', 'o'] as const;
const pace = { windowMs: 60_000, minBytesPerSecond: 1 };

class Response extends EventEmitter {
  closed = false;
  status = 0;
  writeHead(status: number): this {
    this.status = status;
    return this;
  }
  end(): void {
    this.close();
  }
  close(): void {
    this.closed = true;
    this.emit('close');
  }
}

/** One object whose bytes come as `data` does, and all that is done to copy it. */
function copying(answer: Partial<ObjectAnswer> & { locator: FileLocator | null }) {
  const done: string[] = [];
  const opened: PassThrough[] = [];
  const begun = { attempt: 'a', key: 'files/a', lease_seconds: 60, max_size: 2 ** 50, project: 'p' };
  const note = (what: string, value?: object) => () => (done.push(what), Promise.resolve(value));
  const put = new PutObject({
    calls: { begin: note('begin', begun), complete: note('complete'), fail: note('fail') } as never,
    located: {
      ask: () => Promise.resolve({ status: 200, headers: {}, body: Buffer.alloc(0), ...answer }),
      open: () => Promise.resolve(opened[opened.push(new PassThrough()) - 1]),
    } as never,
    store: { writer: note('writer', { write: note('write'), commit: note('commit'), abort: note('abort') }) } as never,
    ...{ pace, log: { warn: () => undefined } as never },
  });
  const copy = (project = 'p') => {
    const res = new Response();
    const exchange = {
      ...{ res: res as unknown as ServerResponse, requestId: 'req-1', route: '/v1', bodyLength: 0, refusal: null },
      ...{ session: { identity: { project } }, req: { headers: { destination: 'to/x' } } },
    } as unknown as Exchange;
    return { res, exchange, ended: put.receiveCopy(exchange, source) };
  };
  const reading = async (count: number) => {
    while (opened.length < count) await new Promise((resolve) => setImmediate(resolve));
  };
  return { done, opened, copy, reading };
}

const object = (size: number) => ({ locator: { key: 'files/o', size, md5: '0'.repeat(32) } });

describe('a copy on the server', () => {
  it('given that its client goes away, then it ends, and nothing of it stays', async () => {
    const { done, opened, copy, reading } = copying(object(10));
    const { res, ended } = copy();
    await reading(1);
    opened[0]!.write('half');
    res.close();
    await expect(ended).rejects.toThrow();
    expect(done).toContain('fail');
    expect(done).toContain('abort');
    expect(done).not.toContain('complete');
    if (!opened[0]!.closed) await once(opened[0]!, 'close');
    expect(opened[0]!.destroyed).toBe(true);
  }, 5_000);

  it('given more than 5 GiB, then it is refused before anything is begun; 5 GiB are taken', async () => {
    const larger = copying(object(5 * 1024 ** 3 + 1));
    await expect(larger.copy().ended).rejects.toMatchObject({ code: 'object-too-large' });
    expect(larger.done).toEqual([]);
    const { copy, reading } = copying(object(5 * 1024 ** 3));
    const { res, ended } = copy();
    await reading(1);
    res.close();
    await expect(ended).rejects.toMatchObject({ code: 'upload-interrupted' });
  });

  it('given four of its project under way, then it is to come again later; others are not kept from theirs', async () => {
    const { opened, copy, reading } = copying(object(4));
    const under = [copy(), copy(), copy(), copy()];
    await reading(4);
    const late = { code: 'unavailable', headers: { 'retry-after': '10' } };
    await expect(copy().ended).rejects.toMatchObject(late);
    under.push(copy('q'));
    await reading(5);
    opened[0]!.end('data');
    await under[0]!.ended;
    under.push(copy());
    await reading(6);
    for (const { res } of under) res.close();
    await Promise.allSettled(under.map(({ ended }) => ended));
    expect(under[0]!.res.status).toBe(201);
  });

  it('given that the source is denied, then that is kept for the security log', async () => {
    const headers = { [internalHeaders.refusal]: 'not-found' };
    const { exchange, ended, res } = copying({ status: 404, headers, locator: null }).copy();
    await ended;
    expect([res.status, exchange.refusal]).toEqual([404, { code: 'not-found', denies: true }]);
  });
});
