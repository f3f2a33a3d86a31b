import { createHash, generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { internalHeaders, type Identity } from '@cloud-images/contracts';
import { adoptLog, eventLogMigration } from '@cloud-images/event-store';
import { migrateEmbeddedBus } from '@cloud-images/messaging';
import { IdentitySigner, loadConfig, runMigrations, type RunningService } from '@cloud-images/service-kit';
import pg from 'pg';
import { createTestDatabase } from '../../../../test/support/database.js';
import { CatalogConfig } from '../config.js';
import { migrations } from '../migrations/index.js';
import { startCatalog } from '../start.js';

const role = 'catalog_test';
const chores = [
  ...['expire-uploads', 'purge-due-images', 'reach-ends-of-life', 'remove-unused-data', 'compare-store-with-log'],
  'forget-answers',
];

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: Record<string, unknown> & { id: string; error: string };
}

/** The catalog as it runs, on a database and a store of its own, called as its neighbours call it. */
export interface CatalogProcess {
  readonly sql: pg.Pool;
  readonly blobsDir: string;
  /** What a migration or a replay of this catalog gets as its environment. */
  readonly ownerEnv: Record<string, string>;
  as(
    identity: Omit<Identity, 'via'>,
  ): (method: string, path: string, body?: unknown, headers?: object) => Promise<Answer>;
  /** In the gateway's own name. */
  gateway(path: string, body: unknown): Promise<Answer>;
  /** In membership's own name. */
  membership(path: string, body: unknown): Promise<Answer>;
  /** In the task-worker's own name, or for somebody who asked for a task. */
  taskWorker(path: string, body: unknown, requester?: Omit<Identity, 'via'>): Promise<Answer>;
  /** Each chore once, to its end, as the task-worker asks for them. */
  keepHouse(): Promise<void>;
  stop(): Promise<void>;
}

export async function startCatalogProcess(env: Record<string, string> = {}): Promise<CatalogProcess> {
  const database = await createTestDatabase(recipe(), prepare);
  // A clone of the template is another log.
  await adoptLog({ ownerUrl: database.url });
  const directory = mkdtempSync(join(tmpdir(), 'catalog-'));
  const publicKeys = join(directory, 'public');
  mkdirSync(publicKeys);
  const signers = Object.fromEntries(
    ['catalog', 'gateway', 'membership', 'task-worker'].map((name) => [name, keyPair(directory, publicKeys, name)]),
  );
  const gateway = signers['gateway'] as IdentitySigner;
  const membership = signers['membership'] as IdentitySigner;
  const worker = signers['task-worker'] as IdentitySigner;
  const serviceUrl = new URL(database.url);
  serviceUrl.username = role;
  serviceUrl.password = 'test';
  const blobsDir = join(directory, 'blobs');
  const service: RunningService = await startCatalog(
    loadConfig(CatalogConfig, {
      CLOUD_IMAGES_LISTEN_PORT: '0',
      CLOUD_IMAGES_LOG_LEVEL: 'silent',
      CLOUD_IMAGES_SERVICE_KEY: join(directory, 'catalog.pem'),
      CLOUD_IMAGES_SERVICE_PUBLIC_KEYS: publicKeys,
      CLOUD_IMAGES_PUBLIC_URL: 'http://images.example:9292',
      CLOUD_IMAGES_DATABASE_URL: serviceUrl.href,
      CLOUD_IMAGES_BUS_KIND: 'embedded',
      CLOUD_IMAGES_BUS_URL: serviceUrl.href,
      CLOUD_IMAGES_MEMBERSHIP_URL: 'http://127.0.0.1:9',
      CLOUD_IMAGES_BLOBS_KIND: 'filesystem',
      CLOUD_IMAGES_BLOBS_DIR: blobsDir,
      ...env,
    }),
  );
  const sql = new pg.Pool({ connectionString: database.url, max: 2 });
  const call = async (identity: string, method: string, path: string, body?: unknown, headers: object = {}) => {
    const sent = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };
    const type = body === undefined ? {} : { 'content-type': 'application/json' };
    const answer = await fetch(service.url + path, {
      method,
      headers: { [internalHeaders.identity]: identity, ...type, ...headers },
      ...sent,
    });
    const text = await answer.text();
    return {
      status: answer.status,
      headers: answer.headers,
      text,
      json: text === '' ? {} : JSON.parse(text),
    } as Answer;
  };
  const taskWorker: CatalogProcess['taskWorker'] = (path, body, requester) =>
    call(requester ? worker.sign(requester) : worker.signSelf(), 'POST', path, body);
  const doChore = async (name: string): Promise<void> => {
    for (let from: unknown = null, more = true; more; more = from !== null) {
      const { status, text, json } = await taskWorker(`/internal/chores/${name}`, { from });
      if (status !== 200) throw new Error(`${name}: ${status} ${text}`);
      from = json['next'];
    }
  };
  return {
    sql,
    blobsDir,
    ownerEnv: { CLOUD_IMAGES_DATABASE_OWNER_URL: database.url, CLOUD_IMAGES_DATABASE_ROLE: role },
    // Signed for each call: a signature is worth a minute.
    as:
      (identity) =>
      (...request) =>
        call(gateway.sign(identity), ...request),
    gateway: (path, body) => call(gateway.signSelf(), 'POST', path, body),
    membership: (path, body) => call(membership.signSelf(), 'POST', path, body),
    taskWorker,
    keepHouse: async () => {
      for (const name of chores) await doChore(name);
    },
    async stop() {
      await service.stop();
      await sql.end();
      await database.drop();
      rmSync(directory, { recursive: true });
    },
  };
}

/** Changes when a migration does; their own sources say so. */
const recipe = (): string =>
  createHash('sha256')
    .update(eventLogMigration(role) + migrations.toString() + process.pid)
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
  await migrateEmbeddedBus({ ownerUrl: url, role });
}

function keyPair(directory: string, publicKeys: string, name: string): IdentitySigner {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  writeFileSync(join(directory, `${name}.pem`), pem, { mode: 0o600 });
  writeFileSync(join(publicKeys, `${name}.pem`), publicKey.export({ type: 'spki', format: 'pem' }));
  return new IdentitySigner(pem, name);
}
