// A list must not grow dearer with what is not on the page: 1,000 images beside 100,000 and then a million, on two stacks
// at once, so that their rounds interleave. The images are put into the read model (many-images.ts), which takes minutes
// for a million: directories that are kept have them at the next run.
import { join } from 'node:path';
import pg from 'pg';
import { login } from '../support/api-client.ts';
import { apply, type Shot } from './load.ts';
import { addImages, idOf, sharedEvery, sizeOf } from './many-images.ts';
import { peer } from './peer.ts';
import { untilQuiet } from './process-cost.ts';
import { median } from './statistics.ts';
import { startSubject, type Subject } from './subject.ts';
import { verdict, type Row } from './table.ts';

export interface ListDose {
  readonly rounds: number;
  readonly requests: number;
  readonly few: number;
  /** Growing: the larger stack is filled up to each of them in turn. */
  readonly many: readonly number[];
  /** A directory for the data of both stacks, which stays. */
  readonly kept?: string | undefined;
}

const statements = { shared_preload_libraries: 'pg_stat_statements', 'pg_stat_statements.track': 'all' };
const atMost = 2;
/**
 * Measured, and no bar: who sees one image in ten is shown his page after 250 images of that size, found in no order of his.
 * At 1,000 images these are all of his, and met at once.
 */
const withoutBar = /^shared to me, size up to the middle$/;
/** No measurement of one list on one stack takes longer, however slow the list or the machine. */
const secondsEach = 4;

const words = { pass: 'PASS', FAIL: 'MISS', '': '(no bar)' } as const;

interface Filled {
  readonly subject: Subject;
  readonly database: pg.Client;
  readonly consumer: { readonly projectId: string; readonly token: string };
  readonly count: number;
  readonly views: Readonly<Record<string, () => Shot>>;
}

export async function benchList(dose: ListDose, say: (line: string) => void): Promise<Row[]> {
  const stops: (() => Promise<void>)[] = [];
  try {
    const kept = (name: string) => (dose.kept === undefined ? undefined : join(dose.kept, name));
    const few = await filled(await opened(stops, kept('few')), dose.few, say);
    let many = await opened(stops, kept('many'));
    const rows: Row[] = [];
    for (const size of dose.many) {
      if (size < many.count) {
        say(`there are ${many.count} images already: ${size} left out`);
        continue;
      }
      many = await filled(many, size, say);
      for (const view of Object.keys(few.views)) {
        const made = await compare(few, many, view, dose);
        const said = made.map((row) => `${row.figure.toFixed(2)}× ${words[verdict(row)]}`).join(', in the database ');
        say(`  ${size}, ${view}: ${said}`);
        rows.push(...made);
      }
      say(`compared ${size} images with ${dose.few}`);
    }
    return rows;
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}

async function compare(few: Filled, many: Filled, view: string, dose: ListDose): Promise<Row[]> {
  const [ours, beside]: [Timing[], Timing[]] = [[], []];
  const { requests } = dose;
  for (const one of [few, many]) await time(one, view, 20);
  for (let round = 0; round < dose.rounds; round += 1) {
    const pair = [() => time(few, view, requests).then((t) => beside.push(t))];
    pair[round % 2 === 0 ? 'push' : 'unshift'](() => time(many, view, requests).then((t) => ours.push(t)));
    for (const go of pair) await go();
  }
  return rowsOf(view, few.count, many.count, ours, beside);
}

async function opened(stops: (() => Promise<void>)[], kept: string | undefined): Promise<Filled> {
  const subject = await startSubject(statements, {}, kept);
  stops.push(() => subject.stop());
  const url = new URL(subject.stack.superuser);
  url.pathname = '/catalog';
  const database = new pg.Client({ connectionString: url.href });
  await database.connect();
  stops.push(() => database.end());
  await database.query('CREATE EXTENSION IF NOT EXISTS pg_stat_statements');
  const { client, projectId } = await login(subject.url, 'alt');
  await client.close();
  const { rows } = await database.query<{ count: number }>('SELECT count(*)::int AS count FROM read_model.images');
  const count = rows[0]?.count ?? 0;
  return { subject, database, consumer: { projectId, token: client.token }, count, views: {} };
}

async function filled(one: Filled, count: number, say: (line: string) => void): Promise<Filled> {
  const { subject, database, consumer } = one;
  const began = performance.now();
  const whose = { owner: subject.projectId, consumer: consumer.projectId };
  if (one.count < count) {
    await addImages(database, { from: one.count, to: count, ...whose });
    // What autovacuum does by itself within minutes.
    await database.query('VACUUM ANALYZE');
  }
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  say(`${count} images, ${Math.ceil(count / sharedEvery)} of them shared, in ${seconds} s`);
  await untilQuiet(subject.pids(true), 120);
  return { ...one, count, views: viewsOf(one, count) };
}

/** Of the owner of all images, and of who sees a tenth of them; an old image, a new one, few of a kind and many. */
function viewsOf({ subject, consumer }: Filled, count: number): Filled['views'] {
  const get = (headers: Record<string, string>) => (path: string) => () => ({ method: 'GET' as const, path, headers });
  const owner = get(subject.headers);
  const shared = get({ 'x-auth-token': consumer.token });
  const list = (query: string) => `/v2/images?limit=25&${query}`;
  const half = count / 2;
  const filters = {
    'tag of half': 'tag=even',
    'tag of one in fifty': 'tag=build-10',
    'tag of four': 'tag=rare',
    'property of a quarter': 'os_distro=debian',
    'property of four': 'rarity=high',
    'property of none': 'rarity=none',
    'two tags': 'tag=even&tag=build-10',
    name: 'name=image-0000500',
    'names, in:': 'name=in:image-0000500,image-0000510',
    'status of all': 'status=active',
    'status of none': 'status=queued',
    'format of none': 'disk_format=iso',
    'size range of ten': `size_min=${sizeOf(half)}&size_max=${sizeOf(half + 100)}`,
    'size from the middle': `size_min=${sizeOf(half)}`,
    'size up to the middle': `size_max=${sizeOf(half)}`,
    'created in a stretch': 'created_at=gte:2026-01-01T00:00:00Z',
    'sorted by name': 'sort=name:asc',
    'sorted by name, downwards': 'sort=name:desc',
    'sorted by size': 'sort=size:asc',
    'sorted by status': 'sort=status:asc',
    'sorted by last change': 'sort=updated_at:desc',
    'a tag, sorted by name': 'tag=even&sort=name:asc',
  };
  return {
    show: owner(`/v2/images/${idOf(half)}`),
    'first page of 25': owner(list('')),
    'page in the middle': owner(list(`marker=${idOf(half)}`)),
    'last page': owner(list(`marker=${idOf(24)}`)),
    ...Object.fromEntries(Object.entries(filters).map(([name, query]) => [name, owner(list(query))])),
    'show a shared one': shared(`/v2/images/${idOf(half)}`),
    'shared to me': shared(list('')),
    'shared to me, middle': shared(list(`marker=${idOf(half)}`)),
    ...Object.fromEntries(
      Object.entries(filters).map(([name, query]) => [`shared to me, ${name}`, shared(list(query))]),
    ),
  };
}

interface Timing {
  readonly medianMs: number;
  readonly databaseMs: number;
  readonly failures: number;
}

/** One request at a time: the time of a list, not of a queue. */
async function time({ subject, database, views }: Filled, view: string, requests: number): Promise<Timing> {
  await database.query('SELECT pg_stat_statements_reset()');
  const outcome = await apply({ url: subject.url, connections: 1, requests, seconds: secondsEach, next: views[view]! });
  if (outcome.failures > 0) console.error(`  failed: ${outcome.firstFailure}`);
  // Statements of the list run at least once a request; those of idle pollers don't.
  const { rows } = await database.query<{ spent: number | null }>(
    `SELECT sum(total_exec_time) AS spent FROM pg_stat_statements
     WHERE calls >= $1 AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    [outcome.requests],
  );
  return {
    medianMs: outcome.medianMs,
    databaseMs: (rows[0]?.spent ?? Number.NaN) / outcome.requests,
    failures: outcome.failures,
  };
}

function rowsOf(view: string, few: number, many: number, ours: readonly Timing[], beside: readonly Timing[]): Row[] {
  const failures = [...ours, ...beside].reduce((sum, one) => sum + one.failures, 0);
  const line = (field: 'medianMs' | 'databaseMs', label: string, glance: string): Row => {
    const [large, small] = [median(ours.map((one) => one[field])), median(beside.map((one) => one[field]))];
    return {
      what: `${view}, ${label}`,
      ours: `${large.toFixed(2)} ms of ${many}`,
      bare: `${small.toFixed(2)} ms of ${few}`,
      figure: large / small,
      bar: withoutBar.test(view) ? null : { atMost },
      unit: '×',
      peer: glance,
      failures,
    };
  };
  const glance = view === 'first page of 25' ? `${peer.list.cpuMs} ms of CPU at 1000` : '';
  return [line('medianMs', 'median', glance), line('databaseMs', 'in the database', '')];
}
