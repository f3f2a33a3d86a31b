import { createHash, generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { internalHeaders, type Identity } from '@cloud-images/contracts';
import { adoptLog, eventLogMigration } from '@cloud-images/event-store';
import { migrateEmbeddedBus } from '@cloud-images/messaging';
import { IdentitySigner, loadConfig, runMigrations, type RunningService } from '@cloud-images/service-kit';
import pg from 'pg';
import { createTestDatabase, type TestDatabase } from '../../../../test/support/database.js';
import { TaskWorkerConfig } from '../config.js';
import { migrations } from '../migrations/index.js';
import { migrateQueue } from '../queue/migrate-queue.js';
import { startTaskWorker } from '../start.js';
import type { Runners } from '../task/runner.js';

const role = 'task_worker_test';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly json: any;
}

export type Call = (method: string, path: string, body?: unknown, headers?: object) => Promise<Answer>;

/** A database, a store and keys; any number of workers on them. */
export class TaskWorld {
  readonly directory = mkdtempSync(join(tmpdir(), 'task-worker-'));
  readonly blobsDir = join(this.directory, 'blobs');
  private readonly publicKeys = join(this.directory, 'public');
  private readonly gateway: IdentitySigner;
  private readonly services: ReadonlyMap<string, IdentitySigner>;
  private readonly workers: RunningService[] = [];

  private constructor(
    private readonly database: TestDatabase,
    readonly sql: pg.Pool,
  ) {
    mkdirSync(this.publicKeys);
    this.gateway = this.keyPair('gateway');
    this.keyPair('task-worker');
    this.services = new Map(['audit', 'newcomer'].map((name) => [name, this.keyPair(name)]));
  }

  static async create(): Promise<TaskWorld> {
    const database = await createTestDatabase(recipe(), prepare);
    // A clone of the template is another log.
    await adoptLog({ ownerUrl: database.url });
    return new TaskWorld(database, new pg.Pool({ connectionString: database.url, max: 2 }));
  }

  get ownerUrl(): string {
    return this.database.url;
  }

  /** As the service's role. */
  get serviceUrl(): string {
    const url = new URL(this.database.url);
    url.username = role;
    url.password = 'test';
    return url.href;
  }

  async worker(runners: Runners, env: Record<string, string> = {}): Promise<RunningService> {
    const worker = await startTaskWorker(
      loadConfig(TaskWorkerConfig, {
        CLOUD_IMAGES_LISTEN_PORT: '0',
        CLOUD_IMAGES_LOG_LEVEL: 'silent',
        CLOUD_IMAGES_SERVICE_KEY: join(this.directory, 'task-worker.pem'),
        CLOUD_IMAGES_SERVICE_PUBLIC_KEYS: this.publicKeys,
        CLOUD_IMAGES_PUBLIC_URL: 'http://images.example:9292',
        CLOUD_IMAGES_DATABASE_URL: this.serviceUrl,
        CLOUD_IMAGES_BUS_KIND: 'embedded',
        CLOUD_IMAGES_BUS_URL: this.serviceUrl,
        CLOUD_IMAGES_CATALOG_URL: 'http://127.0.0.1:9',
        CLOUD_IMAGES_BLOBS_KIND: 'filesystem',
        CLOUD_IMAGES_BLOBS_DIR: this.blobsDir,
        CLOUD_IMAGES_TASK_LEASE_SECONDS: '2',
        CLOUD_IMAGES_CHORE_SECONDS: '1',
        ...env,
      }),
      runners,
    );
    this.workers.push(worker);
    return worker;
  }

  as(identity: Omit<Identity, 'via'>, worker: RunningService = this.workers[0]!): Call {
    return this.signedBy(() => this.gateway.sign(identity), worker);
  }

  private signedBy(signed: () => string, worker: RunningService): Call {
    return async (method, path, body, headers = {}) => {
      const answer = await fetch(worker.url + path, {
        method,
        headers: {
          [internalHeaders.identity]: signed(),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await answer.text();
      return { status: answer.status, headers: answer.headers, json: text === '' ? null : JSON.parse(text) };
    };
  }

  /** As another service, in its own name. */
  asService(name: string): Call {
    const signer = this.services.get(name);
    if (!signer) throw new Error(`no service ${name}`);
    return this.signedBy(() => signer.signSelf(), this.workers[0]!);
  }

  async stop(): Promise<void> {
    for (const worker of this.workers) await worker.stop();
    await this.sql.end();
    await this.database.drop();
    rmSync(this.directory, { recursive: true });
  }

  private keyPair(name: string): IdentitySigner {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    writeFileSync(join(this.directory, `${name}.pem`), pem, { mode: 0o600 });
    writeFileSync(join(this.publicKeys, `${name}.pem`), publicKey.export({ type: 'spki', format: 'pem' }));
    return new IdentitySigner(pem, name);
  }
}

/** Changes when a migration does; their own sources say so. */
const recipe = (): string =>
  createHash('sha256')
    .update(`task-worker ${eventLogMigration(role)}${migrations.toString()}${process.pid}`)
    .digest('hex');

async function prepare(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(
      `DO $$ BEGIN CREATE ROLE ${role} LOGIN PASSWORD 'test'; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$`,
    );
  } finally {
    await client.end();
  }
  await runMigrations({ ownerUrl: url, serviceRole: role, migrations: migrations(role) });
  await migrateQueue({ ownerUrl: url, serviceRole: role });
  await migrateEmbeddedBus({ ownerUrl: url, role });
}
