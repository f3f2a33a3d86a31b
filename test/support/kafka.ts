/** `host:port` of the broker for tests; without one, jest.config.mjs leaves out the tests that ask. */
export function testBroker(): string {
  const broker = process.env['CLOUD_IMAGES_TEST_KAFKA'];
  if (!broker) throw new Error('this test needs a broker, named by CLOUD_IMAGES_TEST_KAFKA');
  return broker;
}
