// How long a fact takes from one service to the other through Kafka, by the database's own clock of commits: from the
// commit of an image's deletion in the catalog's log to the commit of what membership made of it, which nothing but the
// bus tells it. And whether a list has what its reader just accepted.
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { login, type Answer, type ApiClient } from '../support/api-client.ts';
import { openKafka } from './message-bus.ts';
import { quantile } from './statistics.ts';
import { imageBody, startSubject, type Subject } from './subject.ts';
import type { Row } from './table.ts';

export interface PropagationDose {
  readonly perSecond: number;
  /** Images that are made, shared and deleted: three commands each. */
  readonly images: number;
  /** Images that are shared, accepted and listed. */
  readonly tries: number;
}

const PATIENCE_MS = 30_000;
const atOnce = 8;

export async function benchPropagation(dose: PropagationDose, say: (line: string) => void): Promise<Row[]> {
  const kafka = await openKafka();
  try {
    const subject = await startSubject({ track_commit_timestamp: 'on' }, kafka.settings);
    try {
      // What a first command and a first message cost is not what is asked for.
      await lives(subject, { ...dose, images: 100 });
      await sleep(2_000);
      say(`${dose.images * 3} commands, ${dose.perSecond} a second`);
      const sent = await lives(subject, dose);
      const arrived = await delays(subject, sent.deleted);
      say(`sharing, accepting and listing ${dose.tries} images`);
      const accepted = await acceptAndList(subject, dose.tries);
      return [...delayRows(dose, sent, arrived), acceptRow(dose, accepted)];
    } finally {
      await subject.stop();
    }
  } finally {
    await kafka.stop();
  }
}

interface Sent {
  /** While all three kinds of commands were under way. */
  readonly deleted: readonly string[];
  readonly failures: number;
  /** In that time. */
  readonly perSecond: number;
}

/** Commands at their times, whether earlier ones were answered or not: an image's own come two seconds after each other. */
async function lives({ client, projectId }: Subject, { perSecond, images }: PropagationDose): Promise<Sent> {
  const apart = 2 * perSecond;
  const full = { from: 2 * apart, to: 3 * images };
  const deleted: string[] = [];
  const ids: Promise<string>[] = [];
  const answers: Promise<unknown>[] = [];
  let failures = 0;
  const send = async (status: number, command: () => Promise<Answer>): Promise<Answer | null> => {
    const answer = await command().catch(() => null);
    if (answer?.status === status) return answer;
    failures += 1;
    return null;
  };
  const plan = Array.from({ length: images }, (_, nth) => nth).flatMap((nth) => [
    { at: nth * 3, go: () => (ids[nth] = made(nth)) },
    { at: nth * 3 + apart + 1, go: () => share(nth) },
    { at: nth * 3 + 2 * apart + 2, go: () => remove(nth) },
  ]);
  const made = async (nth: number) => {
    const answer = await send(201, () => client.call('POST', '/v2/images', { body: imageBody(nth) }));
    return String(answer?.json.id ?? '');
  };
  const share = async (nth: number) => {
    const id = await ids[nth];
    await send(200, () => client.call('POST', `/v2/images/${id}/members`, { body: { member: `${projectId}-${nth}` } }));
  };
  const remove = async (nth: number) => {
    const id = await ids[nth]!;
    const gone = await send(204, () => client.call('DELETE', `/v2/images/${id}`));
    if (gone && nth * 3 + 2 * apart + 2 < full.to) deleted.push(id);
  };
  const began = performance.now();
  const sentAt: number[] = [];
  for (const { at, go } of plan.toSorted((a, b) => a.at - b.at)) {
    const wait = began + (at * 1000) / perSecond - performance.now();
    if (wait > 0) await sleep(wait);
    if (at >= full.from && at < full.to) sentAt.push(performance.now());
    answers.push(go());
  }
  await Promise.all(answers);
  const seconds = ((sentAt.at(-1) ?? 0) - (sentAt[0] ?? 0)) / 1000;
  return { deleted, failures, perSecond: sentAt.length / seconds };
}

/** Milliseconds from commit to commit, for each of these images; waits until membership has closed them all. */
async function delays({ stack }: Subject, images: readonly string[]): Promise<number[]> {
  const [catalog, membership] = [
    new pg.Client({ connectionString: stack.owners.catalog }),
    new pg.Client({ connectionString: stack.owners.membership }),
  ];
  await Promise.all([catalog.connect(), membership.connect()]);
  try {
    const deleted = await committedAt(catalog, 'ImageDeleted', images);
    for (const end = Date.now() + PATIENCE_MS; ; await sleep(200)) {
      const closed = await committedAt(membership, 'MembershipClosed', images);
      if (closed.size < images.length && Date.now() < end) continue;
      return [...closed].map(([id, at]) => at - (deleted.get(id) ?? Number.NaN));
    }
  } finally {
    await Promise.all([catalog.end(), membership.end()]);
  }
}

async function committedAt(client: pg.Client, type: string, images: readonly string[]): Promise<Map<string, number>> {
  const { rows } = await client.query<{ id: string; at: number }>(
    `SELECT data->>'image_id' AS id,
            (extract(epoch FROM pg_xact_commit_timestamp(transaction_id::xid)) * 1000)::float8 AS at
       FROM log.events WHERE type = $1 AND data->>'image_id' = ANY($2)`,
    [type, images],
  );
  return new Map(rows.map(({ id, at }) => [id, at]));
}

interface Accepted {
  readonly listed: number;
  readonly medianMs: number;
}

/** The consumer lists right after the answer to his acceptance, once. */
async function acceptAndList({ url, client }: Subject, tries: number): Promise<Accepted> {
  const other = await login(url, 'alt');
  const took: number[] = [];
  let listed = 0;
  let next = 0;
  const worker = async () => {
    while (next < tries) {
      const name = `accepted-${next++}`;
      if (await shownAfterAccepting(client, other, name, took)) listed += 1;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  await other.client.close();
  return { listed, medianMs: quantile(took, 0.5) };
}

async function shownAfterAccepting(
  owner: ApiClient,
  { client, projectId }: { readonly client: ApiClient; readonly projectId: string },
  name: string,
  took: number[],
): Promise<boolean> {
  const { json } = await owner.call('POST', '/v2/images', { body: { name } });
  await owner.call('POST', `/v2/images/${json.id}/members`, { body: { member: projectId } });
  const began = performance.now();
  const accepted = await client.call('PUT', `/v2/images/${json.id}/members/${projectId}`, {
    body: { status: 'accepted' },
  });
  const list = await client.call('GET', `/v2/images?name=${name}`);
  took.push(performance.now() - began);
  return accepted.status === 200 && list.json?.images?.some((image: { id: string }) => image.id === json.id) === true;
}

function delayRows({ perSecond }: PropagationDose, sent: Sent, arrived: readonly number[]): Row[] {
  const lost = sent.deleted.length - arrived.length;
  const what = `committed → visible in the other service, ${sent.perSecond.toFixed(0)} commands/s`;
  // Commands that went out late measure another load than the one that is asked for.
  const late = sent.perSecond < 0.95 * perSecond ? 1 : 0;
  return [
    { share: 0.5, atMost: 30 },
    { share: 0.99, atMost: 150 },
  ].map(({ share, atMost }) => ({
    what: `${what}, p${share * 100}`,
    ours: `${quantile(arrived, share).toFixed(1)} ms`,
    bare: '',
    figure: quantile(arrived, share),
    bar: { atMost },
    unit: ' ms',
    failures: sent.failures + lost + late,
  }));
}

const acceptRow = ({ tries }: PropagationDose, { listed, medianMs }: Accepted): Row => ({
  what: `accepted → in the list at once, of ${tries} tries`,
  ours: `${listed}, both calls in ${medianMs.toFixed(1)} ms`,
  bare: '',
  figure: (100 * listed) / tries,
  bar: { atLeast: 100 },
  unit: ' %',
});
