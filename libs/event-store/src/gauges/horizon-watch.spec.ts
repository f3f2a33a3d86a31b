import { HorizonWatch } from './horizon-watch.js';

describe('the age of the horizon', () => {
  let now = 0;
  const watch = () => new HorizonWatch(() => now);

  it('is 0 while nothing that has written is running', () => {
    expect(watch().age({ xmin: '100', xmax: '100', oldestSeen: null })).toBe(0);
  });

  it('is that of the oldest transaction we may see', () => {
    expect(watch().age({ xmin: '90', xmax: '100', oldestSeen: 12 })).toBe(12);
  });

  it('grows while the horizon does not move, also when its holder is hidden from us, and begins anew when it moves', () => {
    const horizon = watch();
    now = 1_000;
    expect(horizon.age({ xmin: '90', xmax: '100', oldestSeen: null })).toBe(0);
    now = 16_000;
    expect(horizon.age({ xmin: '90', xmax: '120', oldestSeen: 0.5 })).toBe(15);
    expect(horizon.age({ xmin: '110', xmax: '120', oldestSeen: 0.5 })).toBe(0.5);
    now = 17_000;
    expect(horizon.age({ xmin: '120', xmax: '120', oldestSeen: null })).toBe(0);
  });
});
