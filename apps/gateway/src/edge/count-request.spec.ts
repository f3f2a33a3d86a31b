import { once } from 'node:events';
import { connect } from 'node:net';
import { GatewayUnderTest } from '../testing/gateway-under-test.js';

const name = 'cloud_images_http_request_duration_seconds';

describe('what the gateway counts', () => {
  const gateway = new GatewayUnderTest();
  let token: string;

  beforeAll(async () => {
    await gateway.start();
    token = await gateway.tokenOf('demo');
  });
  afterAll(() => gateway.stop());

  const text = () => gateway.service!.metrics.text();
  const counts = async (): Promise<string[]> =>
    (await text()).split('\n').filter((line) => line.startsWith(`${name}_count`));
  const counted = (method: string, route: string, status: number, times: number): string =>
    `${name}_count{method="${method}",route="${route}",status="${status}",service="gateway"} ${times}`;

  it('is every request under the template of its route, whatever its path is', async () => {
    const headers = { 'x-auth-token': token };
    for (let nth = 0; nth < 20; nth++) {
      await gateway.call('GET', `/v2/images/00000000-0000-4000-8000-0000000000${10 + nth}`, { headers });
      await gateway.call('GET', `/no/such/path/${nth}`);
    }
    await gateway.call('GET', '/v2/images/x');
    await gateway.call('DELETE', '/v2/images', { headers });
    await gateway.call('GET', '/v2');
    const lines = await counts();
    expect(lines).toContain(counted('GET', '/v2/images/{id}', 200, 20));
    expect(lines).toContain(counted('GET', '/v2/images/{id}', 401, 1));
    expect(lines).toContain(counted('GET', '(unknown)', 404, 20));
    expect(lines).toContain(counted('DELETE', '(unknown)', 405, 1));
    expect(lines).toContain(counted('GET', '/v2', 302, 1));
    expect(lines).toContain(counted('POST', '/identity/v3/auth/tokens', 201, 1));
    expect(lines).toHaveLength(6);
  });

  it('is a client that left before its answer, too', async () => {
    gateway.catalog.answer = () => undefined;
    const { hostname, port } = new URL(gateway.url);
    const socket = connect(Number(port), hostname);
    const before = gateway.catalog.received.length;
    socket.write(`GET /v2/images HTTP/1.1\r\nhost: x\r\nx-auth-token: ${token}\r\n\r\n`);
    while (gateway.catalog.received.length === before) await new Promise((resolve) => setTimeout(resolve, 10));
    socket.destroy();
    await once(socket, 'close');
    const left = counted('GET', '/v2/images', 499, 1);
    for (const end = Date.now() + 5_000; !(await counts()).includes(left) && Date.now() < end;)
      await new Promise((resolve) => setTimeout(resolve, 10));
    expect(await counts()).toContain(left);
  });

  it('is not to be seen from outside', async () => {
    expect((await gateway.call('GET', '/metrics')).status).toBe(404);
    expect((await gateway.call('GET', '/metrics', { headers: { 'x-auth-token': token } })).status).toBe(404);
    expect(await text()).toMatch(/^cloud_images_uploads_in_flight\{service="gateway"\} 0$/m);
  });
});
