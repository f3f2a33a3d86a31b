// What audit costs and how quick it is: taking a log in, searching the ledger, and telling followers of what happens.
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { FeedFollower } from './feed-follower.ts';
import { appendLives, eventsEach } from './lives.ts';
import { quantile } from './statistics.ts';
import { createShot, startSubject, type Subject } from './subject.ts';
import type { Row } from './table.ts';

export interface LedgerDose {
  /** Five events each. */
  readonly images: number;
  /** As many are there when it is searched for the second time. */
  readonly manyImages: number;
  readonly searches: number;
  /** Events to measure one follower's latency by. */
  readonly told: number;
  readonly crowds: readonly { readonly readers: number; readonly perSecond: number }[];
  readonly seconds: number;
}

export async function benchLedger(dose: LedgerDose, say: (line: string) => void): Promise<Row[]> {
  const subject = await startSubject();
  const ledger = new pg.Client({ connectionString: subject.stack.databases.audit });
  await ledger.connect();
  try {
    const rows = await ingest(subject, ledger, dose, say);
    const few = await search(subject, ledger, dose, say);
    rows.push(...(await latency(subject, dose, say)));
    for (const crowd of dose.crowds) rows.push(await together(subject, crowd, dose.seconds, say));
    await fill(subject, ledger, dose, say);
    rows.push(...besideMany(few, await search(subject, ledger, dose, say)));
    return rows;
  } finally {
    await ledger.end();
    await subject.stop();
  }
}

async function sizeOf(ledger: pg.Client): Promise<number> {
  const { rows } = await ledger.query('SELECT coalesce(max(position) + 1, 0)::float8 AS size FROM ledger.events');
  return (rows[0] as { size: number }).size;
}

async function ingest(
  subject: Subject,
  ledger: pg.Client,
  { images }: LedgerDose,
  say: (line: string) => void,
): Promise<Row[]> {
  const events = images * eventsEach;
  await subject.stack.kill('audit');
  say(`appending ${events} events while audit is away`);
  await appendLives(subject, images);
  const before = await sizeOf(ledger);
  await subject.stack.restart('audit');
  while ((await sizeOf(ledger)) === before) await sleep(5);
  const from = { size: await sizeOf(ledger), at: performance.now() };
  while ((await sizeOf(ledger)) < before + events) await sleep(20);
  const perSecond = ((before + events - from.size) * 1000) / (performance.now() - from.at);
  say(`ledger: ${perSecond.toFixed(0)} events/s taken in`);
  const { rows } = await ledger.query(
    `SELECT sum(pg_total_relation_size(c.oid))::float8 AS bytes FROM pg_class c
      WHERE c.relnamespace = 'ledger'::regnamespace AND c.relkind = 'r'`,
  );
  const bytes = (rows[0] as { bytes: number }).bytes / (before + events);
  return [
    figure(`ledger takes in ${events} events`, perSecond, { atLeast: 5_000 }, ' events/s'),
    figure('ledger keeps of an event, with indexes', bytes, null, ' B'),
  ];
}

/** Until the ledger has the events of many images. */
async function fill(subject: Subject, ledger: pg.Client, dose: LedgerDose, say: (line: string) => void): Promise<void> {
  const began = performance.now();
  const from = await sizeOf(ledger);
  const images = dose.manyImages - dose.images;
  say(`appending ${images * eventsEach} events more`);
  await appendLives(subject, images);
  while ((await sizeOf(ledger)) < from + images * eventsEach) await sleep(500);
  say(`ledger: has them after ${((performance.now() - began) / 1000).toFixed(0)} s`);
  await ledger.query('VACUUM (ANALYZE) ledger.events');
}

interface Searched {
  readonly size: number;
  /** ms */
  readonly p99: number;
}

async function search(
  { client, projectId }: Subject,
  ledger: pg.Client,
  { searches }: LedgerDose,
  say: (line: string) => void,
): Promise<Searched> {
  const { rows } = await ledger.query(
    'SELECT image_id, request_id, actor, position::float8 AS position FROM ledger.events ORDER BY random() LIMIT 200',
  );
  const samples = rows as { image_id: string; request_id: string; actor: string; position: number }[];
  const questions = {
    newest: () => '/v1/events',
    after: ({ position }) => `/v1/events?after=${position}`,
    image: ({ image_id: image }) => `/v1/events?image=${image}`,
    history: ({ image_id: image }) => `/v2/images/${image}/events`,
    request: ({ request_id: request }) => `/v1/events?request=${encodeURIComponent(request)}`,
    type: ({ position }) => `/v1/events?type=ImageActivated&after=${position}`,
    'actor and project': ({ actor, position }) =>
      `/v1/events?actor=${encodeURIComponent(actor)}&project=${projectId}&order=asc&after=${position}`,
  } satisfies Record<string, (sample: (typeof samples)[number]) => string>;
  const times = Object.fromEntries(Object.keys(questions).map((name) => [name, [] as number[]]));
  const asked = Object.entries(questions);
  for (let nth = 0; nth < searches; nth += 1) {
    const [name, question] = asked[nth % asked.length]!;
    const url = question(samples[nth % samples.length]!);
    const began = performance.now();
    const { status } = await client.call('GET', url);
    if (status !== 200 && status !== 404) throw new Error(`${url}: ${status}`);
    times[name]!.push(performance.now() - began);
  }
  const size = await sizeOf(ledger);
  const shown = (of: readonly number[]) => `${quantile(of, 0.5).toFixed(1)} / ${quantile(of, 0.99).toFixed(1)}`;
  const all = Object.values(times).flat();
  const each = Object.entries(times).map(([name, of]) => `${name} ${shown(of)}`);
  say(`ledger: search among ${size} events, p50 / p99 ms: ${shown(all)} (${each.join(', ')})`);
  return { size, p99: quantile(all, 0.99) };
}

function besideMany(few: Searched, many: Searched): Row[] {
  const what = `search among ${many.size} events, p99`;
  const row = figure(what, many.p99 / few.p99, { atMost: 2 }, '×');
  const ms = ({ size, p99 }: Searched) => `${p99.toFixed(1)} ms${size === many.size ? '' : ` at ${size}`}`;
  return [{ ...row, ours: ms(many), bare: ms(few) }];
}

async function latency(subject: Subject, { told }: LedgerDose, say: (line: string) => void): Promise<Row[]> {
  const follower = new FeedFollower(subject.url, subject.client.token);
  await follower.open();
  for (let nth = 0; nth < told; nth += 1) {
    await create(subject, nth);
    await sleep(20);
  }
  await follower.reaches(told);
  follower.close();
  const times = follower.delaysMs;
  const [p50, p99] = [quantile(times, 0.5), quantile(times, 0.99)];
  say(`feed: p50 ${p50.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms`);
  return [
    figure('an event is fed after its recording, p50', p50, { atMost: 50 }, ' ms'),
    figure('an event is fed after its recording, p99', p99, { atMost: 200 }, ' ms'),
  ];
}

/** So many followers at once, each of whom must get every event. */
async function together(
  subject: Subject,
  { readers, perSecond }: LedgerDose['crowds'][number],
  seconds: number,
  say: (line: string) => void,
): Promise<Row> {
  const followers = Array.from({ length: readers }, () => new FeedFollower(subject.url, subject.client.token));
  await Promise.all(followers.map((follower) => follower.open()));
  const count = perSecond * seconds;
  const began = performance.now();
  const created: Promise<void>[] = [];
  for (let nth = 0; nth < count; nth += 1) {
    const due = began + (nth * 1000) / perSecond;
    if (due > performance.now()) await sleep(due - performance.now());
    created.push(create(subject, nth));
  }
  await Promise.all(created);
  const lost = await Promise.all(
    followers.map((follower) =>
      follower.reaches(count).then(
        () => 0,
        () => count - follower.delaysMs.length,
      ),
    ),
  );
  for (const follower of followers) follower.close();
  const missing = lost.reduce((sum, one) => sum + one, 0);
  const slowest = quantile(
    followers.flatMap(({ delaysMs }) => delaysMs),
    0.99,
  );
  say(`feed: ${readers} readers at ${perSecond}/s: ${missing} missing, p99 ${slowest.toFixed(0)} ms`);
  return {
    ...figure(`${readers} readers at ${perSecond} events/s, lost`, missing, { atMost: 0 }, ''),
    bare: '',
    peer: '',
  };
}

async function create({ client }: Subject, nth: number): Promise<void> {
  const { body } = createShot({ headers: {} } as Subject, nth);
  const { status } = await client.call('POST', '/v2/images', { body: JSON.parse(body as string) as object });
  if (status !== 201) throw new Error(`create: ${status}`);
}

const figure = (what: string, value: number, bar: Row['bar'], unit: string): Row => ({
  what,
  ours: `${value.toFixed(value < 100 ? 1 : 0)}${unit}`,
  bare: '',
  figure: value,
  bar,
  unit,
});
