import { eventCatalogue, readEvent, type RecordedEvent } from '@cloud-images/contracts';
import { Aggregator } from './aggregator.js';
import type { Summary } from './tally.js';
import { denied, failed, limited, sent } from './testing/given.js';

const WINDOW = 60_000;

describe('the aggregator of security events', () => {
  let now: number;
  let aggregator: Aggregator;
  beforeEach(() => {
    now = Date.parse('2026-11-30T12:00:00Z');
    aggregator = new Aggregator({
      windowMs: WINDOW,
      mostOfKind: 100,
      mostOfPrincipal: 10,
      mostOfReader: 50,
      now: () => now,
    });
  });
  const total = (taken: readonly Summary[]) => taken.reduce((sum, { event }) => sum + event.data.count, 0);
  const take = () => aggregator.take(Infinity);

  it('given the first of something, then it is due at once, and its repeats together when the window is over', () => {
    aggregator.observe(denied('ann', 'i', 1));
    expect(take()).toMatchObject([
      {
        event: { type: 'AccessDenied', data: { count: 1, first_at: '2026-11-30T12:00:00.000Z', folded: false } },
        actor: { user: 'ann', project: 'p' },
        context: { request_id: 'req-1', user_name: 'ann' },
      },
    ]);
    for (let nth = 2; nth < 1_002; nth += 1) {
      now += 50;
      aggregator.observe(denied('ann', 'i', nth));
      expect(take()).toEqual([]);
    }
    now = Date.parse('2026-11-30T12:01:00Z');
    expect(take()).toMatchObject([
      {
        event: {
          data: { count: 1_000, first_at: '2026-11-30T12:00:00.050Z', last_at: '2026-11-30T12:00:50.000Z' },
        },
        context: { request_id: 'req-2' },
      },
    ]);
  });

  it('given a window in which nothing came, then nothing is told and nothing of it is kept', () => {
    aggregator.observe(denied('ann'));
    take();
    now += WINDOW;
    expect(take()).toEqual([]);
    expect(aggregator.size).toBe(0);
    aggregator.observe(denied('ann'));
    expect(take()).toHaveLength(1);
  });

  it('given others, other images or other reasons, then each is told apart', () => {
    for (const one of [denied('ann', 'i'), denied('ann', 'j'), denied('bob', 'i'), limited('ann'), limited('ann', 'q')])
      aggregator.observe(one);
    aggregator.observe(denied('ann', 'i'));
    expect(take().map(({ event }) => event.data.count)).toEqual([2, 1, 1, 1, 1]);
  });

  it('given a flood by 100,000 different attackers, then what is kept stays bounded and every one of them is counted', () => {
    const taken: Summary[] = [];
    let largest = 0;
    for (let nth = 0; nth < 100_000; nth += 1) {
      aggregator.observe(nth % 2 ? failed(`user-${nth}`, nth) : limited(`user-${nth}`, `project-${nth}`, nth));
      if (nth % 10_000 === 0) taken.push(...aggregator.take(20));
      largest = Math.max(largest, aggregator.size);
    }
    expect(largest).toBeLessThanOrEqual(2 * 101);
    now += WINDOW;
    taken.push(...take());
    expect(total(taken)).toBe(100_000);
    expect(taken.length).toBeLessThanOrEqual(2 * 101 + 200);
    const others = taken.filter(({ event }) => event.data.folded);
    expect(aggregator.foldedCount).toBe(total(others));
    for (const { actor, context, event } of others) {
      expect([actor.user, actor.project]).toEqual(['gateway', null]);
      expect(context).not.toHaveProperty('source_address');
      expect(event.data).not.toMatchObject({ user_id: expect.any(String) });
    }
  });

  it('given one user who tries thousands of images, then it takes nobody else’s room', () => {
    for (let nth = 0; nth < 5_000; nth += 1) aggregator.observe(denied('mallory', `image-${nth}`));
    aggregator.observe(denied('ann', 'i'));
    const taken = take();
    expect(taken.filter(({ actor }) => actor.user === 'ann')).toMatchObject([{ event: { data: { folded: false } } }]);
    const rest = taken.filter(({ event }) => event.data.folded);
    expect(rest).toMatchObject([
      { actor: { user: 'mallory' }, event: { data: { count: 4_990, image_id: null, operation: null } } },
    ]);
  });

  it('given a reader of ever more images, then each is told as long as it can be written, and only then folded', () => {
    const taken: Summary[] = [];
    for (let nth = 0; nth < 1_000; nth += 1) {
      aggregator.observe(sent('mallory', `image-${nth}`, 1));
      now += 10;
      if (nth % 20 === 19) taken.push(...aggregator.take(20));
      expect(aggregator.size).toBeLessThanOrEqual(50);
    }
    expect(new Set(taken.map(({ event }) => (event.data as { image_id: unknown }).image_id)).size).toBe(1_000);
    expect(aggregator.foldedCount).toBe(0);
    for (let nth = 0; nth < 60; nth += 1) aggregator.observe(sent('mallory', `more-${nth}`, 1));
    expect(aggregator.foldedCount).toBe(10);
    aggregator.observe(sent('ann', 'i', 1));
    expect(take().filter(({ actor }) => actor.user === 'ann')).toHaveLength(1);
  });

  it('given readers who take all the room there is, then the next one takes the place of what is written', () => {
    for (let nth = 0; nth < 100; nth += 1) aggregator.observe(sent(`user-${nth}`, 'i', 1));
    aggregator.take(1);
    for (const user of ['ann', 'bob']) aggregator.observe(sent(user, 'j', 1));
    expect(aggregator.foldedCount).toBe(1);
    expect(take().filter(({ actor }) => actor.user === 'ann')).toMatchObject([{ event: { data: { image_id: 'j' } } }]);
  });

  it('given those that are folded, then a reason is told only where it is that of all', () => {
    const refusedBy = (user: string, nth: number, reason: string) => {
      const one = denied(user, `image-${nth}`, nth);
      aggregator.observe({ ...one, data: { ...one.data, reason } } as typeof one);
    };
    for (let nth = 0; nth < 30; nth += 1) {
      refusedBy('ann', nth, 'forbidden');
      refusedBy('eve', nth, nth % 2 ? 'forbidden' : 'not-found');
    }
    const reasons = take()
      .filter(({ event }) => event.data.folded)
      .map(({ actor, event }) => [actor.user, (event.data as { reason: unknown }).reason]);
    expect(reasons).toEqual([
      ['ann', 'forbidden'],
      ['eve', null],
    ]);
  });

  it('given downloads of one image, then their bytes are summed and the range reaches over all of them', () => {
    aggregator.observe(sent('ann', 'i', 100, 200));
    expect(take()).toMatchObject([{ event: { data: { bytes: 100, range: { start: 200, end: 299 } } } }]);
    for (const start of [500, 0, 300]) aggregator.observe(sent('ann', 'i', 100, start));
    now += WINDOW;
    expect(take()).toMatchObject([{ event: { data: { count: 3, bytes: 300, range: { start: 0, end: 599 } } } }]);
    for (const one of [sent('ann', 'i', 100, 0), sent('ann', 'i', 1_000)]) aggregator.observe(one);
    now += WINDOW;
    expect(take()).toMatchObject([{ event: { data: { count: 2, bytes: 1_100, range: null } } }]);
  });

  it('given more than may be written now, then those that waited longest go first and the others gather', () => {
    for (const user of ['ann', 'bob', 'eve']) {
      aggregator.observe(denied(user));
      now += 1;
    }
    expect(aggregator.take(2).map(({ actor }) => actor.user)).toEqual(['ann', 'bob']);
    aggregator.observe(denied('eve'));
    expect(aggregator.take(2)).toMatchObject([{ actor: { user: 'eve' }, event: { data: { count: 2 } } }]);
  });

  it('given a person to be forgotten, then what waits of them names them by id only, and others stay as they are', () => {
    for (const one of [denied('ann'), denied('bob'), failed('ann'), failed('bob')]) aggregator.observe(one);
    aggregator.forget('ann');
    const named = take().map(({ context }) => 'source_address' in context || 'user_name' in context);
    expect(named).toEqual([false, true, false, true]);
  });

  it('says only what its contracts say', () => {
    for (const one of [denied('ann'), failed(null), limited('ann'), sent('ann', 'i', 1, 0)]) aggregator.observe(one);
    for (let nth = 0; nth < 500; nth += 1)
      for (const one of [denied(`u${nth}`), failed(`u${nth}`), limited(`u${nth}`), sent(`u${nth}`, 'i', 1)])
        aggregator.observe(one);
    const events = take().map(({ event }) => event);
    expect(new Set(events.map(({ type }) => type)).size).toBe(4);
    for (const event of events) {
      const { version: schema_version } = eventCatalogue.get(event.type) as { version: number };
      const recorded = { ...event, schema_version, stream: 'security-p', version: 1 } as unknown as RecordedEvent;
      expect(readEvent(recorded).data).toEqual(event.data);
    }
  });
});
