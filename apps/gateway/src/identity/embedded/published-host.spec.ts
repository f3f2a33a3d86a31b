import { GatewayUnderTest } from '../../testing/gateway-under-test.js';

describe('the address that the default passwords are judged by', () => {
  it.each([
    ['0.0.0.0', '127.0.0.1', true],
    ['0.0.0.0', '', false],
    ['0.0.0.0', '192.0.2.7', false],
    ['127.0.0.1', '0.0.0.0', false],
  ])('given a listener on %s that is published on "%s", starting is %s', async (listened, published, starts) => {
    const gateway = new GatewayUnderTest();
    const started = gateway.start({ CLOUD_IMAGES_LISTEN_HOST: listened, CLOUD_IMAGES_PUBLISHED_HOST: published });
    try {
      if (starts) await expect(started).resolves.toBe(gateway);
      else await expect(started).rejects.toThrow(/default password/);
    } finally {
      await gateway.stop();
    }
  });
});
