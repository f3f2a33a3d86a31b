import { ServerClock } from './server-clock.js';

describe('the database’s clock', () => {
  let passed = 5_000;
  const clock = new ServerClock(() => passed);

  it('is not known before an answer brought it', () => {
    expect(clock.now()).toBeNull();
  });

  it.each([
    [0, '2026-03-01T23:59:59.000001Z'],
    [0.0015, '2026-03-01T23:59:59.000002Z'],
    [12.345, '2026-03-01T23:59:59.012346Z'],
    [1_000, '2026-03-02T00:00:00.000001Z'],
  ])('is %d ms later what it was and as much more', (later, now) => {
    passed = 7_000;
    clock.heard('2026-03-01T23:59:59.000001Z');
    passed += later;
    expect(clock.now()).toBe(now);
  });

  it('is not known any more when the answer is older than a second', () => {
    passed = 10_000;
    clock.heard('2026-03-01T23:59:59.999999Z');
    passed += 1_000.1;
    expect(clock.now()).toBeNull();
  });
});
