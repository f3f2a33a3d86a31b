import { channel } from 'node:diagnostics_channel';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from '../config/load-config.js';
import { ServiceConfig } from '../config/service-config.js';
import { logger } from '../logging/logger.js';
import { armCrashPoint } from './arm-crash-point.js';
import { channelOf, crashPoints } from './crash-points.js';

const root = join(import.meta.dirname, '..', '..', '..', '..');
const silent = logger('test', 'silent');

describe('crash points', () => {
  it('are in the table when they are in the code, and in the code when they are in the table', () => {
    const sources = globSync('{apps,libs}/*/src/**/*.ts', { cwd: root }).filter((file) => !/\.spec\.ts$/.test(file));
    const inCode = sources.flatMap((file) =>
      [...readFileSync(join(root, file), 'utf8').matchAll(/channel\('cloud-images:([^']+)'\)/g)].map(
        ([, name]) => name,
      ),
    );
    expect(inCode.sort()).toEqual(Object.keys(crashPoints).sort());
  });

  it('given one that is armed, then the process dies the nth time that it passes there, and nowhere else', () => {
    let deaths = 0;
    armCrashPoint('relay.read:3', silent, () => (deaths += 1));
    for (const name of Object.keys(crashPoints)) channel(channelOf(name)).publish(undefined);
    channel(channelOf('relay.read')).publish(undefined);
    expect(deaths).toBe(0);
    channel(channelOf('relay.read')).publish(undefined);
    expect(deaths).toBe(1);
  });

  it('given that COMMIT was just handed over, then it leaves before the process dies', async () => {
    let died = false;
    armCrashPoint('commit.sent', silent, () => (died = true));
    channel(channelOf('commit.sent')).publish(undefined);
    expect(died).toBe(false);
    await new Promise((resolve) => setImmediate(resolve));
    expect(died).toBe(true);
  });

  it('given none that is armed, then passing one has no subscriber to call', () => {
    armCrashPoint('none', silent, () => undefined);
    expect(channel(channelOf('push.done')).hasSubscribers).toBe(false);
  });
});

describe('the setting of a crash point', () => {
  const load = (crashPoint: string, publicUrl: string, more = {}) =>
    loadConfig(ServiceConfig, {
      CLOUD_IMAGES_LISTEN_PORT: '0',
      CLOUD_IMAGES_SERVICE_KEY: 'key.pem',
      CLOUD_IMAGES_SERVICE_PUBLIC_KEYS: 'keys',
      CLOUD_IMAGES_PUBLIC_URL: publicUrl,
      CLOUD_IMAGES_CRASH_POINT: crashPoint,
      ...more,
    }).crashPoint;
  const published = 'https://images.example.com';

  it.each(['http://127.0.0.1:9292', 'http://localhost:9292', 'http://[::1]:9292'])('is taken at %s', (url) => {
    expect(load('append.committed:12', url)).toBe('append.committed:12');
  });

  it.each(['append.forgotten', 'append.committed:0', 'append.committed:soon'])('is refused: %s', (point) => {
    expect(() => load(point, 'http://127.0.0.1')).toThrow('CLOUD_IMAGES_CRASH_POINT must be none, or the name');
  });

  it('given a published service, then one is refused unless it is allowed, and none is not', () => {
    expect(() => load('relay.saved', published)).toThrow('CLOUD_IMAGES_CRASH_POINT is refused on a published service');
    expect(() => load('relay.saved', 'http://127.0.0.1.example.com')).toThrow('is refused on a published service');
    expect(load('relay.saved', published, { CLOUD_IMAGES_ALLOW_CRASH_POINTS: 'true' })).toBe('relay.saved');
    expect(load('none', published)).toBe('none');
  });
});
