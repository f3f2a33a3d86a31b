import { locationOf } from './location-of.js';

describe('where the data of an image lies', () => {
  it.each([
    [{ kind: 's3' as const, s3: { bucket: 'images' } }, 's3://images/images/5b/0a/x'],
    [{ kind: 'filesystem' as const, dir: '/srv/a b' }, 'file:///srv/a%20b/blobs/images/5b/0a/x'],
  ])('in %j: %s', (store, url) => {
    expect(locationOf(store, 'images/5b/0a/x')).toBe(url);
  });
});
