// Two instances of each inner service: both are used, one relays, each has its share of the partitions.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { login, type ApiClient } from '../support/api-client.ts';
import type { Tally } from '../journeys/tally.ts';
import type { ComposeProject } from './project.ts';

const REQUESTS = 600;
const IN_FLIGHT = 32;
const PARTITIONS = 12;

export async function checkInstances(tally: Tally, project: ComposeProject): Promise<void> {
  await tally.check(`${REQUESTS} requests, ${IN_FLIGHT} at a time, all answered`, () => load(project.url));
  for (const service of ['catalog', 'membership']) {
    await tally.check(`both instances of ${service} have connections of the gateway`, async () => {
      const counts = await Promise.all([1, 2].map((index) => connectionsOf(project, service, index)));
      assert.ok(Math.min(...counts) >= 4, `connections: ${counts.join(' and ')}`);
    });
    await tally.check(`one instance of ${service} relays, the other waits`, async () => {
      const { relays, leads } = await relaysOf(project, service);
      assert.deepEqual({ relays, leads }, { relays: 2, leads: 1 });
    });
    await tally.check(`both instances of ${service} have half of the partitions`, async () => {
      const half = PARTITIONS / 2;
      let shares = await sharesOf(project, service);
      for (let tries = 0; tries < 10 && shares.join() !== `${half},${half}`; tries += 1) {
        await sleep(2_000);
        shares = await sharesOf(project, service);
      }
      assert.deepEqual(shares, [half, half]);
    });
  }
}

async function load(url: string): Promise<void> {
  const { client } = await login(url, 'demo');
  const created = await client.call('POST', '/v2/images', { body: { name: 'scaled' } });
  const paths = [`/v2/images/${String(created.json.id)}/members`, '/v2/images?limit=5'];
  let next = 0;
  const worker = async () => {
    for (let at = next++; at < REQUESTS; at = next++) {
      await answered(client, paths[at % paths.length] ?? '');
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
  await client.close();
}

/** As a client does it: what is answered with 503 and when to come back is asked again. */
async function answered(client: ApiClient, path: string): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    const { status, headers, body } = await client.call('GET', path);
    if (status === 200) return;
    const what = `${path}: ${status} ${body.toString('utf8')}`;
    assert.ok(status === 503 && headers['retry-after'] !== undefined && tries < 5, what);
    await sleep(1_000 * Number(headers['retry-after']));
  }
}

/** Partitions of each member of the service's consumer group, as the broker has it. */
async function sharesOf(project: ComposeProject, service: string): Promise<number[]> {
  const program = '/opt/kafka/bin/kafka-consumer-groups.sh';
  const args = ['--bootstrap-server', 'localhost:9092', '--describe', '--members', '--group', service];
  const table = await project.exec('kafka', [program, ...args]);
  const rows = table.split('\n').map((row) => row.trim().split(/\s+/));
  return rows.filter(([group]) => group === service).map((row) => Number(row.at(-1)));
}

/** Established connections to the service's port, as the kernel of its container counts them. */
async function connectionsOf(project: ComposeProject, service: string, index: number): Promise<number> {
  const established = '01';
  const port = (8_080).toString(16).toUpperCase();
  const table = await project.exec(service, ['cat', '/proc/net/tcp'], index);
  const rows = table.split('\n').map((row) => row.trim().split(/\s+/));
  return rows.filter(([, local, , state]) => local?.endsWith(`:${port}`) && state === established).length;
}

async function relaysOf(project: ComposeProject, service: string): Promise<{ relays: number; leads: number }> {
  const query = `
    SELECT count(*), count(*) FILTER (WHERE EXISTS (
      SELECT FROM pg_locks l WHERE l.pid = a.pid AND l.locktype = 'advisory' AND l.granted))
    FROM pg_stat_activity a WHERE application_name = '${service} relay'`;
  const answer = await project.exec('postgres', ['psql', '-U', 'postgres', '-d', service, '-tAc', query]);
  const [relays, leads] = answer.trim().split('|').map(Number);
  return { relays: relays ?? 0, leads: leads ?? 0 };
}
