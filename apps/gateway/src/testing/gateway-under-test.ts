import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IdentityVerifier, loadConfig, type RunningService } from '@cloud-images/service-kit';
import { Agent, request, type Dispatcher } from 'undici';
import { GatewayConfig } from '../config.js';
import { startGateway } from '../start.js';
import { FakeService } from './fake-service.js';

const nowhere = 'postgres://nobody:nothing@127.0.0.1:1/nothing';

const users = `
domains:
  - { id: default, name: Default }
projects:
  - { name: admin, domain: Default }
  - { name: demo, domain: Default }
  - { name: alt, domain: Default }
users:
  - { name: admin, domain: Default, password: secret, projects: { admin: [admin] } }
  - { name: demo, domain: Default, password: secret, projects: { demo: [member], alt: [reader] } }
  - { name: alt, domain: Default, password: secret, projects: { alt: [member] } }
`;

export interface Reply {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: Buffer;
  readonly json: any;
}

/** A whole gateway on a free port, with fake services behind it and a store in a directory. */
export class GatewayUnderTest {
  readonly catalog = new FakeService();
  readonly membership = new FakeService();
  readonly audit = new FakeService();
  readonly taskWorker = new FakeService();
  readonly directory = mkdtempSync(join(tmpdir(), 'gateway-'));
  readonly usersFile = join(this.directory, 'users.yaml');
  readonly blobs = join(this.directory, 'blobs');
  verifier!: IdentityVerifier;
  service: RunningService | undefined;
  private readonly agent = new Agent({ connections: 8 });

  async start(settings: Record<string, string> = {}): Promise<this> {
    await Promise.all([this.catalog.start(), this.membership.start(), this.taskWorker.start(), this.audit.start()]);
    const publicKeys = join(this.directory, 'public');
    mkdirSync(publicKeys);
    mkdirSync(this.blobs);
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    writeFileSync(join(this.directory, 'gateway.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
    writeFileSync(join(publicKeys, 'gateway.pem'), publicKey.export({ type: 'spki', format: 'pem' }));
    writeFileSync(this.usersFile, users);
    writeFileSync(join(this.directory, 'token-secret'), 'x'.repeat(48));
    this.verifier = new IdentityVerifier(publicKeys);
    this.service = await startGateway(
      loadConfig(GatewayConfig, {
        CLOUD_IMAGES_LISTEN_PORT: '0',
        CLOUD_IMAGES_LOG_LEVEL: 'silent',
        CLOUD_IMAGES_SERVICE_KEY: join(this.directory, 'gateway.pem'),
        CLOUD_IMAGES_SERVICE_PUBLIC_KEYS: publicKeys,
        CLOUD_IMAGES_PUBLIC_URL: 'http://images.example:9292',
        CLOUD_IMAGES_CATALOG_URL: this.catalog.url,
        CLOUD_IMAGES_MEMBERSHIP_URL: this.membership.url,
        CLOUD_IMAGES_AUDIT_URL: this.audit.url,
        CLOUD_IMAGES_TASK_WORKER_URL: this.taskWorker.url,
        // There is none: whatever these tests ask must be answered without it.
        CLOUD_IMAGES_DATABASE_URL: nowhere,
        CLOUD_IMAGES_BUS_KIND: 'embedded',
        CLOUD_IMAGES_BUS_URL: nowhere,
        CLOUD_IMAGES_INNER_PORT: '0',
        CLOUD_IMAGES_BLOBS_KIND: 'filesystem',
        CLOUD_IMAGES_BLOBS_DIR: this.blobs,
        CLOUD_IMAGES_IDENTITY: this.usersFile,
        CLOUD_IMAGES_TOKEN_SECRET_FILE: join(this.directory, 'token-secret'),
        CLOUD_IMAGES_SHUTDOWN_SECONDS: '1',
        ...settings,
      }),
    );
    return this;
  }

  get url(): string {
    if (!this.service) throw new Error('the gateway did not start');
    return this.service.url;
  }

  async stop(): Promise<void> {
    await this.agent.close();
    await this.service?.stop();
    await Promise.all([this.catalog.stop(), this.membership.stop(), this.taskWorker.stop(), this.audit.stop()]);
    rmSync(this.directory, { recursive: true });
  }

  async call(
    method: string,
    path: string,
    options: { headers?: Record<string, string> | string[]; body?: Dispatcher.RequestOptions['body'] } = {},
  ): Promise<Reply> {
    const { statusCode, headers, body } = await request(this.url + path, {
      method: method as Dispatcher.HttpMethod,
      dispatcher: this.agent,
      headers: options.headers ?? {},
      body: options.body ?? null,
    });
    const bytes = Buffer.from(await body.arrayBuffer());
    return { status: statusCode, headers, body: bytes, json: parsed(bytes) };
  }

  login(user: string, options: { password?: string; project?: string | null; domain?: object } = {}): Promise<Reply> {
    const { password = 'secret', project = user, domain = { id: 'default' } } = options;
    return this.authenticate({
      identity: { methods: ['password'], password: { user: { name: user, domain, password } } },
      ...(project === null ? {} : { scope: { project: { name: project, domain } } }),
    });
  }

  authenticate(auth: unknown): Promise<Reply> {
    return this.call('POST', '/identity/v3/auth/tokens', {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ auth }),
    });
  }

  async tokenOf(user: string, project = user): Promise<string> {
    const reply = await this.login(user, { project });
    if (reply.status !== 201) throw new Error(`login: ${reply.status} ${reply.body.toString()}`);
    return String(reply.headers['x-subject-token']);
  }
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}
