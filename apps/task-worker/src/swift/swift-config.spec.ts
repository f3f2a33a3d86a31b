import { ConfigError, loadConfig } from '@cloud-images/service-kit';
import { withSwift } from './swift-config.js';

class TestConfig extends withSwift(class {}) {}

const load = (env: Record<string, string>) =>
  loadConfig(
    TestConfig,
    Object.fromEntries(Object.entries(env).map(([name, text]) => [`CLOUD_IMAGES_SWIFT_${name}`, text])),
  );
const all = {
  URL: 'https://swift.example:8080/v1',
  KEYSTONE_URL: 'https://keystone.example/v3',
  USERNAME: 'files',
  PASSWORD: 'hunter2',
  PROJECT: 'service',
};

describe('the settings of a Swift', () => {
  it('given none, then there is none; given all, then there is one', () => {
    expect(load({}).swift()).toBeNull();
    const none = { USER_DOMAIN: '', PROJECT_DOMAIN: '', CA_FILE: '', TIMEOUT_SECONDS: '', SEGMENT_BYTES: '' };
    expect(load({ ...none, URL: '', PASSWORD: '', PASSWORD_FILE: '' }).swift()).toBeNull();
    expect(load({ ...all, ...none, PASSWORD_FILE: '' }).swift()).toEqual(load(all).swift());
    expect(load(all).swift()).toMatchObject({
      url: all.URL,
      user: { username: 'files', password: 'hunter2', project: 'service', userDomain: 'Default' },
      timeoutMs: 60_000,
    });
  });

  it('given an address and some that are wrong or missing, then each is named, and no value', () => {
    const problemsOf = (env: Record<string, string>) => {
      try {
        load(env);
        return [];
      } catch (error) {
        return (error as ConfigError).problems;
      }
    };
    const wrong = {
      ...all,
      URL: 'https://swift.example/v1/AUTH_x',
      PROJECT: '',
      SEGMENT_BYTES: '6000000000',
      CA_FILE: '/no',
    };
    expect(problemsOf(wrong)).toEqual([
      expect.stringContaining('CLOUD_IMAGES_SWIFT_URL must be http'),
      'CLOUD_IMAGES_SWIFT_PROJECT is not set',
      expect.stringContaining('CLOUD_IMAGES_SWIFT_CA_FILE must name a file'),
      expect.stringContaining('CLOUD_IMAGES_SWIFT_SEGMENT_BYTES'),
    ]);
    expect(problemsOf(wrong).join()).not.toContain('hunter2');
    expect(problemsOf({ URL: all.URL })).toHaveLength(4);
  });
});
