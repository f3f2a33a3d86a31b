/** `host:port` of the broker for tests; without one, the tests that ask are left out (real-servers.mjs). */
export function testBroker(): string {
  const broker = process.env['CLOUD_IMAGES_TEST_KAFKA'];
  if (!broker) throw new Error('this test needs a broker, named by CLOUD_IMAGES_TEST_KAFKA');
  return broker;
}
