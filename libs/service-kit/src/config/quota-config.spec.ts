import { loadConfig } from './load-config.js';
import { withQuotas } from './quota-config.js';

class Base {}
class Config extends withQuotas(Base) {}
const config = (env: Record<string, string> = {}) => loadConfig(Config, env);

describe('limits of projects by configuration', () => {
  it('are none but for what one image may carry', () => {
    expect(config().limits(7)('a')).toEqual({
      images: Infinity,
      bytes: Infinity,
      uploads: Infinity,
      image_bytes: 7,
      members: 128,
      properties: 128,
      tags: 128,
    });
    expect(config().isLimited('images')).toBe(false);
  });

  it('are given for all, and for single projects, where -1 takes one away', () => {
    const limits = config({
      CLOUD_IMAGES_QUOTA_IMAGES: '10',
      CLOUD_IMAGES_QUOTA_TAGS: '-1',
      CLOUD_IMAGES_PROJECT_QUOTAS: '{"big":{"images":-1,"bytes":5,"image_bytes":9},"small":{"images":0}}',
    }).limits(7);
    expect(limits('other')).toMatchObject({ images: 10, bytes: Infinity, image_bytes: 7, tags: Infinity });
    expect(limits('big')).toMatchObject({ images: Infinity, bytes: 5, image_bytes: 9 });
    expect(limits('small').images).toBe(0);
    expect(limits(null).images).toBe(10);
  });

  it('say whether anyone is limited', () => {
    const some = config({ CLOUD_IMAGES_PROJECT_QUOTAS: '{"a":{"bytes":1}}' });
    expect([some.isLimited('bytes'), some.isLimited('images')]).toEqual([true, false]);
  });

  it.each(['x', '[]', '{"a":1}', '{"a":{"image":1}}', '{"a":{"images":1.5}}', '{"a":{"images":-2}}'])(
    'refuses %s, naming the variable',
    (text) => {
      expect(() => config({ CLOUD_IMAGES_PROJECT_QUOTAS: text })).toThrow(/CLOUD_IMAGES_PROJECT_QUOTAS/);
    },
  );
});
