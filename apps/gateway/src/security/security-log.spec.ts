import { setTimeout as sleep } from 'node:timers/promises';
import { StoreUnavailable, type Appender, type Fact } from '@cloud-images/event-store';
import { logger } from '@cloud-images/service-kit';
import { Aggregator } from './aggregator.js';
import { SecurityLog } from './security-log.js';
import type { Observation } from './observation.js';
import { denied, failed, sent } from './testing/given.js';

describe('the security log', () => {
  let away: boolean;
  let readOnly: boolean;
  let written: { stream: string; fact: Fact }[];
  let tried: Fact[];
  let security: SecurityLog;
  beforeEach(() => {
    away = false;
    readOnly = false;
    written = [];
    tried = [];
    const appender: Appender = {
      append: async (stream, facts) => {
        tried.push(...facts);
        if (away) throw new StoreUnavailable('the database is away');
        if (readOnly) throw Object.assign(new Error('read-only'), { code: '25006' });
        if (facts.some(({ metadata }) => metadata.actor.user.includes('\0')))
          throw Object.assign(new Error('unsupported Unicode escape sequence'), { code: '22P05' });
        written.push(...facts.map((fact) => ({ stream, fact })));
      },
    };
    const aggregator = new Aggregator({ windowMs: 60_000 });
    security = new SecurityLog({ aggregator, appender, eventsPerSecond: 20, log: logger('gateway', 'silent') });
  });
  afterEach(() => security.stop());

  const observe = (one: Observation, begunAt = performance.now()) => security.observe(one, begunAt);
  const until = async (isTrue: () => boolean) => {
    for (const end = Date.now() + 5_000; !isTrue(); await sleep(10)) if (Date.now() > end) throw new Error('in vain');
  };

  it('writes what it is told soon, to the stream of the project, or of those who are not known', async () => {
    security.start();
    observe(denied('ann'));
    observe(failed('ann'));
    await until(() => written.length === 2);
    expect(written.map(({ stream }) => stream)).toEqual(['security-p', 'security-unknown']);
    expect(written[1]?.fact.metadata.actor).toEqual({ user: 'gateway', project: null, roles: [], via: 'gateway' });
  });

  it('given a database that is away, then nobody notices, and it is written as the same event when that is back', async () => {
    away = true;
    security.start();
    for (let nth = 0; nth < 3; nth += 1) observe(denied('ann'));
    await until(() => tried.length > 0);
    observe(denied('bob'));
    away = false;
    await until(() => written.length === 2);
    expect(written.map(({ fact }) => (fact.event.data as { count: number }).count)).toEqual([3, 1]);
    expect(written[0]?.fact).toBe(tried[0]);
  });

  it('given one that the database does not take, then it is dropped and counted, and all others are written', async () => {
    for (const user of ['ann', 'nul\0', 'bob']) observe(denied(user));
    observe(denied('nul\0'));
    security.start();
    await until(() => written.length === 2);
    expect(written.map(({ fact }) => fact.metadata.actor.user)).toEqual(['ann', 'bob']);
    observe(denied('eve'));
    await until(() => written.length === 3);
    expect([security.lost, security.waiting]).toEqual([2, 0]);
  });

  it('given a database that takes nothing for now, then nothing is dropped', async () => {
    readOnly = true;
    observe(denied('ann'));
    security.start();
    await until(() => tried.length > 0);
    readOnly = false;
    await until(() => written.length === 1);
    expect(security.lost).toBe(0);
  });

  it('given a download that began before its reader was erased, then it tells ids only; one that began since, all', async () => {
    security.start();
    const begunAt = performance.now();
    security.forget('ann');
    observe(sent('ann', 'i', 1), begunAt);
    observe(failed('ann'), begunAt);
    await sleep(5);
    observe(sent('ann', 'j', 1));
    await until(() => written.length === 3);
    const personal = written.map(({ fact }) => ['source_address', 'user_name'].some((name) => name in fact.context!));
    expect(personal.sort()).toEqual([false, false, true]);
  });

  it('given a flood, then no more than its rate is written in any second', async () => {
    security.start();
    for (let nth = 0; nth < 500; nth += 1) observe(denied(`user-${nth}`));
    await sleep(1_100);
    expect(written.length).toBeGreaterThan(5);
    expect(written.length).toBeLessThanOrEqual(24);
  });

  it('given a stop, then what waits is written first, due or not; what can’t be is counted as lost', async () => {
    security.start();
    observe(denied('ann'));
    await until(() => written.length === 1);
    observe(denied('ann'));
    observe(denied('ann'));
    await security.stop();
    expect(written.map(({ fact }) => (fact.event.data as { count: number }).count)).toEqual([1, 2]);
    expect(security.lost).toBe(0);
    away = true;
    observe(denied('ann'));
    await security.stop();
    expect(security.lost).toBe(1);
  });
});
