import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type TLSSocket } from 'node:tls';
import { ConfigError, loadConfig } from '@cloud-images/service-kit';
import { Agent, request } from 'undici';
import { GatewayConfig } from '../config.js';
import { CertificateAuthority, type Certified } from '../../../../test/support/certificates.js';
import { GatewayUnderTest } from '../testing/gateway-under-test.js';

describe('a gateway with a certificate', () => {
  const authority = new CertificateAuthority();
  const gateway = new GatewayUnderTest();
  const certFile = join(gateway.directory, 'tls.crt');
  const keyFile = join(gateway.directory, 'tls.key');
  const install = ({ cert, key }: Certified) => {
    writeFileSync(certFile, cert);
    writeFileSync(keyFile, key);
  };
  const agents: Agent[] = [];

  beforeAll(async () => {
    install(authority.certify('first'));
    await gateway.start({ CLOUD_IMAGES_TLS_CERT_FILE: certFile, CLOUD_IMAGES_TLS_KEY_FILE: keyFile });
  });
  afterAll(async () => {
    await Promise.all(agents.map((agent) => agent.close()));
    await gateway.stop();
  });

  const get = async (connectOptions: object, url = `${gateway.url}/versions`) => {
    const dispatcher = new Agent({ connect: connectOptions });
    agents.push(dispatcher);
    const { statusCode, body } = await request(url, { dispatcher });
    await body.dump();
    return statusCode;
  };

  /** The handshake with what a server would be asked for; rejects as it fails. */
  const shake = (options: object) =>
    new Promise<{ protocol: string | null; subject: string }>((resolve, reject) => {
      const { port } = new URL(gateway.url);
      const socket: TLSSocket = connect({ host: '127.0.0.1', port: Number(port), ca: authority.cert, ...options });
      socket.once('error', reject);
      socket.once('secureConnect', () => {
        resolve({ protocol: socket.getProtocol(), subject: String(socket.getPeerCertificate().subject.CN) });
        socket.destroy();
      });
    });

  it('serves clients that know the authority, and says https of itself', async () => {
    expect(gateway.url).toMatch(/^https:/);
    expect(await get({ ca: authority.cert })).toBe(200);
  });

  it.each([
    ['do not know the authority', {}],
    ['know another one of the same name', { ca: new CertificateAuthority().cert }],
    ['look for another host', { ca: authority.cert, servername: 'images.example' }],
  ])('is refused by clients that %s', async (_, options) => {
    await expect(get(options)).rejects.toMatchObject({
      code: expect.stringMatching(/^(UNABLE_TO|CERT_|ERR_TLS|SELF_)/),
    });
  });

  it('does not talk without TLS', async () => {
    await expect(get({}, gateway.url.replace('https:', 'http:'))).rejects.toThrow();
  });

  it('talks TLS 1.2 and 1.3, and nothing older', async () => {
    const only = (version: string) =>
      shake({ minVersion: version, maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' });
    expect((await only('TLSv1.2')).protocol).toBe('TLSv1.2');
    expect((await only('TLSv1.3')).protocol).toBe('TLSv1.3');
    await expect(only('TLSv1.1')).rejects.toThrow();
    await expect(only('TLSv1')).rejects.toThrow();
  });

  it('takes an upload with Expect: 100-continue, and says whence it came', async () => {
    const token = await (async () => {
      const dispatcher = new Agent({ connect: { ca: authority.cert } });
      agents.push(dispatcher);
      const domain = { id: 'default' };
      const user = { name: 'demo', domain, password: 'secret' };
      const { headers, body } = await request(`${gateway.url}/identity/v3/auth/tokens`, {
        dispatcher,
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          auth: {
            identity: { methods: ['password'], password: { user } },
            scope: { project: { name: 'demo', domain } },
          },
        }),
      });
      await body.dump();
      return String(headers['x-subject-token']);
    })();
    const socket = connect({ host: '127.0.0.1', port: Number(new URL(gateway.url).port), ca: authority.cert });
    let answer = '';
    socket.on('data', (chunk) => (answer += chunk.toString()));
    const body = '{"name":"one"}';
    socket.write(
      `POST /v2/images HTTP/1.1\r\nHost: x\r\nX-Auth-Token: ${token}\r\nContent-Type: application/json\r\n` +
        `Content-Length: ${body.length}\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n`,
    );
    while (!answer.includes('100 Continue')) await sleep(10);
    socket.write(body);
    await new Promise((resolve) => socket.once('close', resolve));
    expect(answer).toMatch(/HTTP\/1\.1 200 /);
    expect(gateway.catalog.received.at(-1)!.headers['x-cloud-images-source-address']).toMatch(/127\.0\.0\.1/);
  });

  it('takes a renewed certificate without a restart, and keeps the old one for half of a pair', async () => {
    const second = authority.certify('second');
    writeFileSync(certFile, second.cert);
    await sleep(1_500);
    expect((await shake({})).subject).toBe('first');
    install(second);
    for (let left = 40; left > 0 && (await shake({})).subject !== 'second'; left--) await sleep(100);
    expect((await shake({})).subject).toBe('second');
    expect(await get({ ca: authority.cert })).toBe(200);
  });
});

it('given a certificate without its key or a file that is not there, tells what is wrong', () => {
  const problems = (env: Record<string, string>): unknown => {
    try {
      return loadConfig(GatewayConfig, env);
    } catch (error) {
      return (error as ConfigError).problems.filter((problem) => problem.includes('TLS'));
    }
  };
  expect(problems({})).toEqual([]);
  expect(problems({ CLOUD_IMAGES_TLS_CERT_FILE: '/nowhere/tls.crt' })).toEqual([
    'CLOUD_IMAGES_TLS_CERT_FILE must name a file that can be read',
    'CLOUD_IMAGES_TLS_KEY_FILE is not set',
  ]);
});
