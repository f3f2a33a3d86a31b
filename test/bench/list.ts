// A list must not grow dearer with what is not on the page: 1,000 images beside 100,000, on two stacks at once, so that
// their rounds interleave.
import pg from 'pg';
import { login } from '../support/api-client.ts';
import { apply, type Shot } from './load.ts';
import { peer } from './peer.ts';
import { untilQuiet } from './process-cost.ts';
import { median } from './statistics.ts';
import { createShot, startSubject, type Subject } from './subject.ts';
import type { Row } from './table.ts';

export interface ListDose {
  readonly rounds: number;
  readonly requests: number;
  readonly few: number;
  readonly many: number;
}

const statements = { shared_preload_libraries: 'pg_stat_statements', 'pg_stat_statements.track': 'all' };
const atMost = 2;

/** One image in this many is shared to another project, which accepted it. */
const sharedEvery = 100;

interface Filled {
  readonly subject: Subject;
  readonly database: pg.Client;
  readonly views: Readonly<Record<string, () => Shot>>;
}

export async function benchList(dose: ListDose, say: (line: string) => void): Promise<Row[]> {
  const stops: (() => Promise<void>)[] = [];
  try {
    const few = await filled(dose.few, say, stops);
    const many = await filled(dose.many, say, stops);
    const rows: Row[] = [];
    for (const view of Object.keys(few.views)) {
      say(`list: ${view}`);
      const [ours, beside]: [Timing[], Timing[]] = [[], []];
      for (const one of [few, many]) await time(one, view, 50);
      for (let round = 0; round < dose.rounds; round += 1) {
        const pair = [() => time(few, view, dose.requests).then((t) => beside.push(t))];
        pair[round % 2 === 0 ? 'push' : 'unshift'](() => time(many, view, dose.requests).then((t) => ours.push(t)));
        for (const go of pair) await go();
      }
      rows.push(...rowsOf(view, dose, ours, beside));
    }
    return rows;
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}

async function filled(count: number, say: (line: string) => void, stops: (() => Promise<void>)[]): Promise<Filled> {
  say(`making ${count} images`);
  const subject = await startSubject(statements);
  stops.push(() => subject.stop());
  const made = await apply({
    url: subject.url,
    connections: 32,
    requests: count,
    next: (index) => createShot(subject, index),
  });
  if (made.failures > 0) throw new Error(`could not make the images: ${made.firstFailure}`);
  say(`made them at ${made.perSecond.toFixed(0)}/s; sharing ${Math.ceil(count / sharedEvery)} of them`);
  const url = new URL(subject.stack.superuser);
  url.pathname = '/catalog';
  const database = new pg.Client({ connectionString: url.href });
  await database.connect();
  stops.push(() => database.end());
  const views = await viewsOf(subject, count);
  await database.query('CREATE EXTENSION IF NOT EXISTS pg_stat_statements');
  // What autovacuum does by itself within minutes.
  await database.query('VACUUM ANALYZE');
  await untilQuiet(subject.pids(true), 120);
  return { subject, database, views };
}

async function viewsOf(subject: Subject, count: number): Promise<Filled['views']> {
  const other = await login(subject.url, 'alt');
  const expect2xx = ({ status, body }: { status: number; body: Buffer }) => {
    if (status > 299) throw new Error(`could not share: ${status} ${body.toString('utf8')}`);
  };
  let [path, seen, middle, deep]: [string | undefined, number, string, string] = ['/v2/images?limit=1000', 0, '', ''];
  while (path) {
    const { json } = await subject.client.call('GET', path);
    for (const { id } of json.images as { id: string }[]) {
      if (seen % sharedEvery === 0) {
        expect2xx(await subject.client.call('POST', `/v2/images/${id}/members`, { body: { member: other.projectId } }));
        const accepted = { body: { status: 'accepted' } };
        expect2xx(await other.client.call('PUT', `/v2/images/${id}/members/${other.projectId}`, accepted));
      }
      seen += 1;
      if (seen === Math.floor(count / 2)) middle = id;
      if (seen === count - 50) deep = id;
    }
    path = json.next;
  }
  if (seen !== count) throw new Error(`made ${count} images and the list has ${seen}`);
  await other.client.close();
  const mine = (query: string) => () => ({
    method: 'GET' as const,
    path: `/v2/images?${query}`,
    headers: subject.headers,
  });
  return {
    'first page of 25': mine('limit=25'),
    'page in the middle': mine(`limit=25&marker=${middle}`),
    'last page': mine(`limit=25&marker=${deep}`),
    'shared to me': () => ({ method: 'GET', path: '/v2/images', headers: { 'x-auth-token': other.client.token } }),
    'sorted by name': mine('limit=25&sort=name:asc'),
    'by name': mine('name=image-0000500'),
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
  const outcome = await apply({ url: subject.url, connections: 1, requests, next: views[view]! });
  if (outcome.failures > 0) console.error(`  failed: ${outcome.firstFailure}`);
  // Statements of the list run at least once a request; those of idle pollers don't.
  const { rows } = await database.query<{ spent: number | null }>(
    `SELECT sum(total_exec_time) AS spent FROM pg_stat_statements
     WHERE calls >= $1 AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    [requests],
  );
  return {
    medianMs: outcome.medianMs,
    databaseMs: (rows[0]?.spent ?? Number.NaN) / requests,
    failures: outcome.failures,
  };
}

function rowsOf(view: string, dose: ListDose, ours: readonly Timing[], beside: readonly Timing[]): Row[] {
  const failures = [...ours, ...beside].reduce((sum, one) => sum + one.failures, 0);
  const line = (field: 'medianMs' | 'databaseMs', label: string, glance: string): Row => {
    const [many, few] = [median(ours.map((one) => one[field])), median(beside.map((one) => one[field]))];
    return {
      what: `${view}, ${label}`,
      ours: `${many.toFixed(2)} ms of ${dose.many}`,
      bare: `${few.toFixed(2)} ms of ${dose.few}`,
      figure: many / few,
      bar: { atMost },
      unit: '×',
      peer: glance,
      failures,
    };
  };
  const glance = view === 'first page of 25' ? `${peer.list.cpuMs} ms of CPU at 1000` : '';
  return [line('medianMs', 'median', glance), line('databaseMs', 'in the database', '')];
}
