// Images by the hundred thousand: what the catalog's own rules and projection make of them, put into its read model by a
// few statements. The log has nothing of them, which no list looks at.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { ImageEvent } from '@cloud-images/contracts';
import type { AppendedEvent, SqlExecutor } from '@cloud-images/event-store';
import { imageAggregate } from '@cloud-images/image-model';
import type pg from 'pg';
import type * as ProjectionSource from '../../apps/catalog/src/read-model/images.projection.ts';
import { imageBody } from './subject.ts';

const built = <T>(path: string): Promise<T> =>
  import(join(import.meta.dirname, '../../apps/catalog/dist', path)) as Promise<T>;
const { imagesProjection } = await built<typeof ProjectionSource>('read-model/images.projection.js');

const perStatement = 2_000;
const firstCreated = Date.UTC(2026, 0, 1);
type Living = Extract<ReturnType<typeof imageAggregate.evolve>, { exists: true }>;

/** Every so many images one is shared to the consumer, which accepted it. */
export const sharedEvery = 10;

/** The id of the n-th image; scattered, as ids are. */
export function idOf(index: number): string {
  const hex = createHash('md5').update(String(index)).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** Adds images number `from` to `to` - 1: active, a millisecond apart, each with `sizeOf` bytes. */
export async function addImages(
  database: pg.Client,
  {
    from,
    to,
    owner,
    consumer,
  }: { readonly from: number; readonly to: number; readonly owner: string; readonly consumer: string },
): Promise<void> {
  await database.query(`SET search_path = read_model, log, public; SET synchronous_commit = off;
    SET maintenance_work_mem = '512MB'`);
  // Built at the end, they cost a tenth of what they cost row by row.
  const indexes = to - from > perStatement ? await dropIndexes(database) : [];
  // One statement's rows are made while the one before is carried out.
  let sent: Promise<void> = Promise.resolve();
  for (let at = from; at < to; at += perStatement) {
    const numbers = Array.from({ length: Math.min(perStatement, to - at) }, (_, i) => at + i);
    const rows = await Promise.all(numbers.map((index) => rowOf(index, owner)));
    await sent;
    sent = insert(database, rows, consumer);
    sent.catch(() => undefined);
  }
  await sent;
  for (const index of indexes) await database.query(index);
}

/** Takes the read model's indexes away, and returns the statements that make them again. */
async function dropIndexes(database: pg.Client): Promise<string[]> {
  const { rows } = await database.query<{ gone: string; back: string }>(
    `SELECT CASE WHEN c.oid IS NULL THEN format('DROP INDEX %s', i.indexrelid::regclass)
                 ELSE format('ALTER TABLE %s DROP CONSTRAINT %I', i.indrelid::regclass, c.conname) END AS gone,
            CASE WHEN c.oid IS NULL THEN pg_get_indexdef(i.indexrelid)
                 ELSE format('ALTER TABLE %s ADD CONSTRAINT %I %s', i.indrelid::regclass, c.conname, pg_get_constraintdef(c.oid))
            END AS back
     FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid
     WHERE t.relnamespace = 'read_model'::regnamespace`,
  );
  for (const { gone } of rows) await database.query(gone);
  return rows.map(({ back }) => back);
}

export const sizeOf = (index: number): number => 1_000_000 + index * 4_096;

/** What the projection writes of an image that was made and got its data: columns, principals, facets. */
async function rowOf(index: number, owner: string): Promise<Row> {
  let columns: string[] = [];
  let values: readonly unknown[] = [];
  const taken: SqlExecutor = {
    query: (text, given = []) => {
      columns = /INSERT INTO images \(([^)]*)\)/.exec(text)?.[1]?.split(', ') ?? [];
      values = given;
      return Promise.resolve({ rows: [], rowCount: 0 }) as never;
    },
  };
  const after = factsOf(index, owner).reduce<ReturnType<typeof imageAggregate.evolve>>(
    (state, event) => imageAggregate.evolve(state, event),
    imageAggregate.initial,
  ) as Living;
  const stream = `image-${idOf(index)}`;
  await imagesProjection.apply(taken, {
    stream,
    events: [],
    before: imageAggregate.initial,
    after,
    version: 2,
  } as never);
  if (columns.length === 0) throw new Error('the projection does not insert an image as it did');
  const [principals, facets] = values.slice(columns.length) as [string[], string[]];
  return { columns, values: values.slice(0, columns.length), principals, facets, shared: index % sharedEvery === 0 };
}

interface Row {
  readonly columns: readonly string[];
  readonly values: readonly unknown[];
  readonly principals: readonly string[];
  readonly facets: readonly string[];
  readonly shared: boolean;
}

function factsOf(index: number, owner: string): AppendedEvent<ImageEvent>[] {
  const { name, disk_format, container_format, min_disk, min_ram, tags, ...properties } = imageBody(index);
  const rare = index % 250 === 3 && index < 1_000;
  const created = {
    ...{ name, disk_format, container_format, min_disk, min_ram, owner, visibility: 'shared', protected: false },
    ...{ os_hidden: false, from: null, to: 'queued', tags: [...(tags as string[]), ...(rare ? ['rare'] : [])] },
    properties: { ...properties, ...(rare ? { rarity: 'high' } : {}) },
  };
  const digest = createHash('sha512').update(String(index)).digest('hex');
  const data = {
    size: sizeOf(index),
    virtual_size: null,
    checksum: digest.slice(0, 32),
    os_hash_algo: 'sha512',
    os_hash_value: digest,
  };
  const activated = { attempt: null, key: `images/${idOf(index)}`, from: 'queued', to: 'active', ...data };
  const recorded_at = `${new Date(firstCreated + index).toISOString().slice(0, -1)}000Z`;
  return (
    [
      ['ImageCreated', created],
      ['ImageActivated', activated],
    ] as const
  ).map(([type, facts], at) => ({
    type,
    data: { image_id: idOf(index), ...facts },
    stream: `image-${idOf(index)}`,
    version: at + 1,
    schema_version: 1,
    recorded_at,
    metadata: {},
  })) as unknown as AppendedEvent<ImageEvent>[];
}

async function insert(database: pg.Client, rows: readonly Row[], consumer: string): Promise<void> {
  const { columns } = rows[0]!;
  const types = await typesOf(database);
  const at = (name: string) => columns.indexOf(name);
  const idsOf = (some: readonly Row[]) => some.map(({ values }) => values[at('id')]);
  await database.query(
    `INSERT INTO images (${columns.join(', ')}) SELECT * FROM unnest(${columns.map((name, i) => `$${i + 1}::${types.get(name)}[]`).join(', ')})`,
    columns.map((_, column) => rows.map(({ values }) => values[column])),
  );
  const listed = rows.flatMap((row) => row.principals.map((principal) => [principal, row] as const));
  const shares = rows.filter(({ shared }) => shared).map((row) => [`share:${consumer}:accepted`, row] as const);
  const visible = [...listed, ...shares];
  await database.query(
    `INSERT INTO visible_images (principal, os_hidden, created_at, id)
     SELECT p, false, c, i FROM unnest($1::text[], $2::timestamptz[], $3::uuid[]) AS v (p, c, i)`,
    [
      visible.map(([name]) => name),
      visible.map(([, { values }]) => values[at('created_at')]),
      idsOf(visible.map(([, row]) => row)),
    ],
  );
  await database.query(`INSERT INTO image_members SELECT i, $2, 'accepted' FROM unnest($1::uuid[]) AS i`, [
    idsOf(shares.map(([, row]) => row)),
    consumer,
  ]);
  await database.query(
    `INSERT INTO faceted_images SELECT unnest(f::bigint[]), c, i
     FROM unnest($1::uuid[], $2::timestamptz[], $3::text[]) AS v (i, c, f)`,
    [
      idsOf(rows),
      rows.map(({ values }) => values[at('created_at')]),
      rows.map(({ facets }) => `{${facets.join(',')}}`),
    ],
  );
}

let known: Map<string, string> | undefined;
async function typesOf(database: pg.Client): Promise<Map<string, string>> {
  if (known === undefined) {
    const { rows } = await database.query<{ name: string; type: string }>(
      `SELECT attname AS name, format_type(atttypid, NULL) AS type FROM pg_attribute
       WHERE attrelid = 'read_model.images'::regclass AND attnum > 0`,
    );
    known = new Map(rows.map(({ name, type }) => [name, type]));
  }
  return known;
}
