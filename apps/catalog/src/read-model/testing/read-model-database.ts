import { createHash, randomUUID } from 'node:crypto';
import pg from 'pg';
import type { ImageEvent, MemberEvent } from '@cloud-images/contracts';
import { sessionOptions, type AppendedEvent, type SqlExecutor } from '@cloud-images/event-store';
import { imageAggregate, type ImageState } from '@cloud-images/image-model';
import { createTestDatabase } from '../../../../../test/support/database.js';
import { createReadModel } from '../create-read-model.js';
import { imagesProjection } from '../images.projection.js';
import { membersProjection } from '../members.projection.js';

/** A database with the read model in it, for specifications; every projection is applied as a service would. */
export interface ReadModelDatabase {
  readonly sql: SqlExecutor;
  readonly pool: pg.Pool;
  /** Runs `work` in one transaction, whose statements may be left pending. */
  transaction(work: (sql: SqlExecutor) => Promise<void>): Promise<void>;
  drop(): Promise<void>;
}

const metadata = {
  actor: { user: 'u', project: 'p', roles: ['member'], via: 'gateway' },
  request_id: 'req-1',
  correlation_id: 'req-1',
};

export async function createReadModelDatabase(): Promise<ReadModelDatabase> {
  const recipe = createReadModel.toString() + (await statementsOf());
  const database = await createTestDatabase(createHash('sha1').update(recipe).digest('hex'), async (url) => {
    const client = new pg.Client({ connectionString: url, options: '-c search_path=read_model' });
    await client.connect();
    try {
      await client.query('CREATE SCHEMA read_model');
      await createReadModel(executorOn(client));
    } finally {
      await client.end();
    }
  });
  const pool = new pg.Pool({ connectionString: database.url, max: 8, options: sessionOptions });
  return {
    sql: executorOn(pool),
    pool,
    transaction: (work) => inTransaction(pool, work),
    async drop() {
      await pool.end();
      await database.drop();
    },
  };
}

/** The statements that make the read model: a template is used again only while they stay the same. */
async function statementsOf(): Promise<string> {
  const statements: string[] = [];
  const record = (text: string) => {
    statements.push(text);
    return Promise.resolve({ rows: [], rowCount: 0 });
  };
  await createReadModel({ query: record } as SqlExecutor);
  return statements.join(';');
}

const executorOn = (queryable: pg.Pool | pg.Client | pg.PoolClient): SqlExecutor => ({
  async query(text, values = [], name) {
    const { rows, rowCount } = await queryable.query({ text, values: [...values], ...(name ? { name } : {}) });
    return { rows, rowCount: rowCount ?? 0 };
  },
});

async function inTransaction(pool: pg.Pool, work: (sql: SqlExecutor) => Promise<void>): Promise<void> {
  const client = await pool.connect();
  const pending: Promise<unknown>[] = [];
  const inner = executorOn(client);
  const sql: SqlExecutor = {
    query(text, values, name) {
      const sent = inner.query(text, values, name);
      sent.catch(() => undefined);
      pending.push(sent);
      return sent as never;
    },
  };
  try {
    await client.query('BEGIN');
    await work(sql);
    await Promise.all(pending);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  } finally {
    client.release();
  }
}

/** One image: remembers its state, so that facts can be told one after the other, or several at once. */
export class TestImage {
  state: ImageState = imageAggregate.initial;
  version = 0;

  constructor(
    private readonly database: ReadModelDatabase,
    readonly id: string = randomUUID(),
  ) {}

  /** Facts of one command. `at` counts microseconds. */
  async facts(events: readonly ImageEvent[], at = this.version): Promise<void> {
    await this.database.transaction((sql) => this.applyTo(sql, events, at));
  }

  async applyTo(sql: SqlExecutor, events: readonly ImageEvent[], at = this.version): Promise<void> {
    const stream = `image-${this.id.toLowerCase()}`;
    const now = events.map((event, i) => recorded(event, stream, this.version + i + 1, at));
    const before = this.state;
    this.state = now.reduce(imageAggregate.evolve, before);
    this.version += events.length;
    await imagesProjection.apply(sql, {
      stream,
      events: now,
      before,
      after: this.state,
      version: this.version,
    });
  }

  async member(event: MemberEvent): Promise<void> {
    await this.database.transaction((sql) => this.memberTo(sql, event));
  }

  memberTo(sql: SqlExecutor, event: MemberEvent): Promise<void> {
    return membersProjection.apply(sql, recorded(event, `membership-${this.id.toLowerCase()}`, 2, 0));
  }
}

/** An event as the log has it; `at` counts microseconds. */
export const recorded = <E extends ImageEvent | MemberEvent>(
  event: E,
  stream: string,
  version: number,
  at: number,
): AppendedEvent<E> =>
  ({
    ...event,
    event_id: randomUUID(),
    stream,
    version,
    schema_version: 1,
    recorded_at: new Date(Date.UTC(2026, 10, 24) + Math.floor(at / 1000))
      .toISOString()
      .replace(/Z$/, `${String(at % 1000).padStart(3, '0')}Z`),
    metadata,
  }) as unknown as AppendedEvent<E>;

/** The facts that bring a member to a status. */
export function memberFacts(image: string, member: string, status: 'pending' | 'accepted' | 'rejected'): MemberEvent[] {
  const ids = { image_id: image.toLowerCase(), member_id: member };
  const added: MemberEvent = { type: 'MemberAdded', data: { ...ids, from: null, to: 'pending' } };
  if (status === 'pending') return [added];
  if (status === 'accepted') return [added, { type: 'MemberAccepted', data: { ...ids, from: 'pending', to: status } }];
  return [added, { type: 'MemberRejected', data: { ...ids, from: 'pending', to: status } }];
}
