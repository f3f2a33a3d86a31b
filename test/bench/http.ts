// Requests a second through the gateway, beside Fastify + pg behind a bare forwarder on the same database cluster.
import pg from 'pg';
import { startBaseline, type BaselineProcess } from './baseline-process.ts';
import { apply, type Outcome, type Shot } from './load.ts';
import { peer } from './peer.ts';
import { cpuSeconds, untilQuiet } from './process-cost.ts';
import { median } from './statistics.ts';
import { createShot, imageBody, poolSize, startSubject, type Subject } from './subject.ts';
import type { Row } from './table.ts';

export interface HttpDose {
  readonly rounds: number;
  readonly seconds: number;
  readonly images: number;
}

const connections = 16;

interface Contestant {
  readonly url: string;
  readonly pids: () => number[];
  readonly next: (index: number) => Shot;
}

interface Measured {
  readonly perSecond: number;
  readonly cpuMicroseconds: number;
  readonly p99Ms: number;
  readonly failures: number;
}

export async function benchHttp(dose: HttpDose, say: (line: string) => void): Promise<Row[]> {
  const subject = await startSubject();
  const bare = await startBare(subject);
  try {
    say(`making ${dose.images} images`);
    const ids = await fill(subject, bare, dose.images);
    await untilQuiet(subject.pids(true), 20);
    const contestants = contestantsOf(subject, bare, ids);
    const all = await rounds(contestants, dose, say);
    // Audit does as much for an event as those who recorded it. The bars are of those who answer; what it is with audit on
    // the same cores is told beside it, and what audit can take, and how quickly, by `ledger`.
    await subject.stack.kill('audit');
    await subject.stack.kill('task-worker');
    const { create, patch, bareInsert } = contestants;
    const fewer = await rounds({ create, patch, bareInsert }, dose, say);
    return [
      row('show', all.show, all.bareShow, 0.6, peer.show),
      row('list of 25', all.list, all.bareList, 0.6, peer.list),
      row('create, beside an INSERT', fewer.create, fewer.bareInsert, 0.35, peer.create),
      row('PATCH, beside an INSERT', fewer.patch, fewer.bareInsert, 0.35, peer.patch),
      row('create, audit at work', all.create, all.bareInsert, null, peer.create),
      row('PATCH, audit at work', all.patch, all.bareInsert, null, peer.patch),
    ];
  } finally {
    await bare.stop();
    await subject.stop();
  }
}

async function rounds<Name extends string>(
  contestants: Readonly<Record<Name, Contestant>>,
  dose: HttpDose,
  say: (line: string) => void,
): Promise<Record<Name, Measured>> {
  const order = Object.entries(contestants) as [Name, Contestant][];
  const measured = new Map<Name, Measured[]>(order.map(([name]) => [name, []]));
  for (const [, one] of order) await measure(one, 1);
  for (let round = 0; round < dose.rounds; round += 1) {
    say(`requests (${order.map(([name]) => name).join(', ')}), round ${round + 1} of ${dose.rounds}`);
    // Who goes first changes with the round: a machine that slows down or speeds up favours nobody.
    for (const [name, one] of round % 2 === 0 ? order : order.toReversed()) {
      measured.get(name)!.push(await measure(one, dose.seconds));
    }
  }
  return Object.fromEntries(order.map(([name]) => [name, summary(measured.get(name)!)])) as Record<Name, Measured>;
}

interface Bare {
  readonly url: string;
  readonly serverUrl: string;
  readonly pids: readonly number[];
  stop(): Promise<void>;
}

async function startBare(subject: Subject): Promise<Bare> {
  const admin = new pg.Client({ connectionString: subject.stack.superuser });
  await admin.connect();
  await admin.query('CREATE DATABASE bench');
  await admin.end();
  const url = new URL(subject.stack.superuser);
  url.pathname = '/bench';
  const server = await startBaseline('raw-images', [url.href, String(poolSize)]);
  const forwarder = await startBaseline('forwarder', [server.url, '64']);
  const all: BaselineProcess[] = [forwarder, server];
  return {
    url: forwarder.url,
    serverUrl: server.url,
    pids: all.map(({ pid }) => pid),
    stop: async () => {
      for (const one of all) await one.stop();
    },
  };
}

/** The same documents on both sides: made through the product, then copied as it shows them. */
async function fill(subject: Subject, bare: Bare, count: number): Promise<string[]> {
  const made = await apply({
    url: subject.url,
    connections,
    requests: count,
    next: (index) => createShot(subject, index),
  });
  if (made.failures > 0) throw new Error(`could not make the images: ${made.firstFailure}`);
  const documents: { id: string }[] = [];
  let path: string | undefined = '/v2/images?limit=1000';
  while (path) {
    const { json, status } = await subject.client.call('GET', path);
    if (status !== 200) throw new Error(`could not list the images: ${status}`);
    documents.push(...json.images);
    path = json.next;
  }
  if (documents.length !== count) throw new Error(`made ${count} images and the list has ${documents.length}`);
  const headers = { 'content-type': 'application/json', 'x-owner': subject.projectId };
  const copied = await apply({
    url: bare.serverUrl,
    connections,
    requests: count,
    next: (index) => {
      const document = documents[index]!;
      return { method: 'PUT', path: `/v2/images/${document.id}`, headers, body: JSON.stringify(document) };
    },
  });
  if (copied.failures > 0) throw new Error(`could not copy the images: ${copied.firstFailure}`);
  return documents.map(({ id }) => id);
}

function contestantsOf(subject: Subject, bare: Bare, ids: readonly string[]) {
  const ours = (next: Contestant['next']): Contestant => ({ url: subject.url, pids: () => subject.pids(true), next });
  const postgres = subject.stack.pids.postgres!;
  const theirs = (next: Contestant['next']): Contestant => ({
    url: bare.url,
    pids: () => [...bare.pids, postgres],
    next,
  });
  const bareHeaders = { 'x-owner': subject.projectId };
  const patchHeaders = { ...subject.headers, 'content-type': 'application/openstack-images-v2.1-json-patch' };
  const pathOf = (index: number) => `/v2/images/${ids[(index * 7919) % ids.length]}`;
  let made = 1_000_000;
  const list = '/v2/images?limit=25';
  return {
    show: ours((index) => ({ method: 'GET', path: pathOf(index), headers: subject.headers })),
    bareShow: theirs((index) => ({ method: 'GET', path: pathOf(index), headers: bareHeaders })),
    list: ours(() => ({ method: 'GET', path: list, headers: subject.headers })),
    bareList: theirs(() => ({ method: 'GET', path: list, headers: bareHeaders })),
    create: ours(() => createShot(subject, made++)),
    bareInsert: theirs(() => ({
      method: 'POST',
      path: '/v2/images',
      headers: { ...bareHeaders, 'content-type': 'application/json' },
      body: JSON.stringify(imageBody(made++)),
    })),
    patch: ours((index) => ({
      method: 'PATCH',
      path: pathOf(index),
      headers: patchHeaders,
      body: JSON.stringify([{ op: 'replace', path: '/name', value: `renamed-${made++}` }]),
    })),
  } satisfies Record<string, Contestant>;
}

async function measure({ url, pids, next }: Contestant, seconds: number): Promise<Measured> {
  const before = cpuSeconds(pids());
  const outcome: Outcome = await apply({ url, connections, seconds, next });
  const spent = cpuSeconds(pids()) - before;
  if (outcome.failures > 0) console.error(`  failed: ${outcome.firstFailure}`);
  return { ...outcome, cpuMicroseconds: (spent / outcome.requests) * 1e6 };
}

function summary(each: readonly Measured[]): Measured {
  const of = (field: keyof Measured) => median(each.map((one) => one[field]));
  return {
    perSecond: of('perSecond'),
    cpuMicroseconds: of('cpuMicroseconds'),
    p99Ms: of('p99Ms'),
    failures: each.reduce((sum, one) => sum + one.failures, 0),
  };
}

function row(
  what: string,
  ours: Measured,
  bare: Measured,
  atLeast: number | null,
  theirs: { perSecond: number; cpuMs: number },
): Row {
  const rate = ({ perSecond, p99Ms }: Measured) => `${perSecond.toFixed(0)}/s p99 ${p99Ms.toFixed(0)} ms`;
  const cost = ({ cpuMicroseconds }: Measured) => `${cpuMicroseconds.toFixed(0)} µs`;
  return {
    what,
    ours: rate(ours),
    bare: rate(bare),
    figure: ours.perSecond / bare.perSecond,
    bar: atLeast === null ? null : { atLeast },
    unit: '×',
    cpuOurs: cost(ours),
    cpuBare: cost(bare),
    peer: `${theirs.perSecond}/s, ${theirs.cpuMs * 1000} µs`,
    failures: ours.failures + bare.failures,
  };
}
