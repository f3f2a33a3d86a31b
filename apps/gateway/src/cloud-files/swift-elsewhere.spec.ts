import { GatewayUnderTest } from '../testing/gateway-under-test.js';

describe('a gateway whose site has a Swift', () => {
  const gateway = new GatewayUnderTest();
  beforeAll(() => gateway.start({ CLOUD_IMAGES_SWIFT_PUBLIC_URL: 'https://swift.example:8080/v1' }), 20_000);
  afterAll(() => gateway.stop());

  it('serves no files of its own, and asks nobody for them', async () => {
    const headers = { 'x-auth-token': await gateway.tokenOf('demo') };
    for (const [method, path] of [
      ['GET', '/info'],
      ['GET', '/v1/AUTH_p'],
      ['PUT', '/v1/AUTH_p/c'],
      ['GET', '/v1/AUTH_p/c/o'],
      ['PUT', '/v1/AUTH_p/c/o'],
    ] as const) {
      expect([path, (await gateway.call(method, path, { headers })).status]).toEqual([path, 404]);
    }
    expect(gateway.taskWorker.received.filter(({ url }) => url.includes('AUTH_'))).toEqual([]);
  });

  it('names it in the service catalog, with the account of the project', async () => {
    const { token } = (await gateway.login('demo')).json;
    const { endpoints } = token.catalog.find(({ type }: { type: string }) => type === 'object-store');
    expect(endpoints[0].url).toBe(`https://swift.example:8080/v1/AUTH_${token.project.id}`);
    const old = await gateway.call('POST', '/identity/v2.0/tokens', {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ auth: { passwordCredentials: { username: 'demo', password: 'secret' } } }),
    });
    const files = old.json.access.serviceCatalog.find(({ type }: { type: string }) => type === 'object-store');
    expect(files.endpoints[0].publicURL).toBe(`https://swift.example:8080/v1/AUTH_${token.project.id}`);
  });
});
