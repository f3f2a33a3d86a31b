// Imports and exports beside `cp` of the same bytes on the same disk and `qemu-img convert` alone; and whether a crowd of
// small tasks is worked on fairly, how fast, and how long a task waits when nothing else is to be done.
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { stringify } from 'yaml';
import { startStack, type Stack } from '../../tools/stack.mjs';
import { login, type ApiClient } from '../support/api-client.ts';
import { median, quantile } from './statistics.ts';
import type { Row } from './table.ts';
import { mebibyte, send } from './transfer.ts';

export interface TasksDose {
  readonly rounds: number;
  readonly mebibytes: number;
  readonly small: number;
  readonly projects: number;
}

type Say = (line: string) => void;
type Asker = Awaited<ReturnType<typeof login>>;

export async function benchTasks(dose: TasksDose, say: Say): Promise<Row[]> {
  const dir = await mkdtemp(join(tmpdir(), 'cloud-images-bench-tasks-'));
  const names = Array.from({ length: dose.projects }, (_, nth) => `p${nth}`);
  const identityFile = join(dir, 'users.yaml');
  await writeFile(identityFile, stringify(usersOf(names)));
  const stack = await startStack({
    dataDir: join(dir, 'data'),
    identityFile,
    env: {
      CLOUD_IMAGES_LOG_LEVEL: 'warn',
      CLOUD_IMAGES_DELETE_DELAY_SECONDS: '0',
      CLOUD_IMAGES_PURGE_GRACE_SECONDS: '1',
    },
  });
  try {
    const people: Asker[] = [];
    for (const name of names) people.push(await login(stack.url, name));
    const rows = [...(await idle(stack, people[0]!, say)), ...(await crowd(stack, people, dose, say))];
    rows.push(...(await large(stack, people[0]!, dir, dose, say)));
    await Promise.all(people.map(({ client }) => client.close()));
    return rows;
  } finally {
    await stack.stop();
    await rm(dir, { recursive: true, force: true });
  }
}

const usersOf = (names: readonly string[]) => ({
  domains: [{ id: 'default', name: 'Default' }],
  projects: names.map((name) => ({ name, domain: 'Default' })),
  users: names.map((name) => ({ name, domain: 'Default', password: 'secret', projects: { [name]: ['member'] } })),
});

/** Asked for, and ended by a look into Cloud Files: as small as a task can be. */
const smallTask = (client: ApiClient) =>
  client.call('POST', '/v2/tasks', { body: { type: 'import', input: { import_from: 'none/at-all' } } });

async function idle(stack: Stack, { client }: Asker, say: Say): Promise<Row[]> {
  say('tasks: how long one waits when nothing else is to be done');
  for (let nth = 0; nth < 100; nth += 1) {
    const { json } = await smallTask(client);
    await ended(client, json.id as string);
  }
  const waits = await waitsIn(stack);
  return [
    {
      ...{ what: 'wait of a task, idle, p99', ours: `${quantile(waits, 0.99).toFixed(0)} ms`, bare: '–' },
      ...{ figure: quantile(waits, 0.99), bar: { atMost: 200 }, unit: ' ms' },
    },
  ];
}

async function waitsIn(stack: Stack): Promise<number[]> {
  const log = new pg.Pool({ connectionString: stack.databases.tasks, max: 1 });
  const { rows } = await log.query<{ ms: string }>(
    `SELECT 1000 * extract(epoch FROM s.recorded_at - r.recorded_at) AS ms FROM log.events r
     JOIN log.events s ON s.stream = r.stream AND s.type = 'TaskStarted' WHERE r.type = 'TaskRequested'`,
  );
  await log.end();
  return rows.map(({ ms }) => Number(ms));
}

/**
 * One project asks for nearly all of the tasks, then each other one for a few. Who has few waits, once all have asked, for as
 * many beginnings as taking turns costs: as many rounds as it has tasks, each of all projects. In a plain queue it would wait
 * for the whole crowd.
 */
async function crowd(stack: Stack, people: readonly Asker[], { small, projects }: TasksDose, say: Say): Promise<Row[]> {
  const few = Math.ceil(small / 100);
  const most = small - few * (projects - 1);
  say(`tasks: ${most} of one project, ${few} of each of ${projects - 1} others`);
  const ask = async ({ client }: Asker, count: number) =>
    (await Promise.all(Array.from({ length: count }, () => smallTask(client)))).map(({ json }) => json.id as string);
  const begin = performance.now();
  const ids = [await ask(people[0]!, most), ...(await Promise.all(people.slice(1).map((one) => ask(one, few))))];
  for (const [nth, { client }] of people.entries()) for (const id of ids[nth]!) await ended(client, id);
  const seconds = (performance.now() - begin) / 1000;
  const waited = await begunMeanwhile(stack, ids.slice(1));
  const worst = Math.max(...waited) / (few * projects);
  return [
    {
      ...{ what: `longest wait of a project with ${few} tasks`, ours: `${worst.toFixed(2)} of its share`, bare: '–' },
      ...{ figure: worst, bar: { atMost: 2 }, unit: '×' },
    },
    {
      ...{ what: `${small} small tasks`, ours: `${(small / seconds).toFixed(0)} a second`, bare: '–' },
      ...{ figure: small / seconds, bar: null, unit: ' tasks/s' },
    },
  ];
}

/** For each project: how many tasks of anybody were begun between its last request and its last beginning. */
async function begunMeanwhile(stack: Stack, ids: readonly (readonly string[])[]): Promise<number[]> {
  const log = new pg.Pool({ connectionString: stack.databases.tasks, max: 1 });
  const { rows } = await log.query<{ stream: string; type: string }>(
    "SELECT stream, type FROM log.events WHERE type IN ('TaskRequested', 'TaskStarted') ORDER BY position",
  );
  await log.end();
  return ids.map((mine) => {
    const streams = new Set(mine.map((id) => `task-${id}`));
    const last = (type: string) => rows.findLastIndex((row) => row.type === type && streams.has(row.stream));
    return rows.slice(last('TaskRequested'), last('TaskStarted') + 1).filter(({ type }) => type === 'TaskStarted')
      .length;
  });
}

async function large(stack: Stack, asker: Asker, dir: string, dose: TasksDose, say: Say): Promise<Row[]> {
  const { client, projectId } = asker;
  const bytes = dose.mebibytes * mebibyte;
  const base = `/v1/AUTH_${projectId}/bench`;
  const out = `/v1/AUTH_${projectId}/out`;
  await Promise.all([base, out].map((container) => client.call('PUT', container)));
  const raw = (await client.call('POST', '/v2/images', { body: { disk_format: 'raw', container_format: 'bare' } })).json
    .id;
  const headers = { 'x-auth-token': client.token, 'content-type': 'application/octet-stream' };
  await send({ url: `${stack.url}/v2/images/${raw}/file`, headers, bytes });
  const source = join(dir, 'source');
  execFileSync('sh', ['-c', `head -c ${bytes} /dev/urandom > "${source}"`]);
  const [written, imports, exports, copies, conversions, peak]: number[][] = [[], [], [], [], [], []];
  const rate = (seconds: number) => bytes / 1e6 / seconds;
  for (let round = 0; round < dose.rounds; round += 1) {
    say(`tasks: import and export of ${dose.mebibytes} MiB, round ${round + 1} of ${dose.rounds}`);
    const vhd = await timed(client, 'export', { image_uuid: raw, receiving_swift_container: 'bench' });
    written!.push(rate(vhd.seconds));
    const image = await timed(client, 'import', { import_from: vhd.result.export_location });
    imports!.push(rate(image.seconds));
    const { image_id: id } = image.result;
    exports!.push(rate((await timed(client, 'export', { image_uuid: id, receiving_swift_container: 'out' })).seconds));
    peak!.push(await residentMebibytes(stack.pids['task-worker']!));
    await Promise.all(
      [`${base}/${raw}.vhd`, `${out}/${id}.vhd`, `/v2/images/${id}`].map((path) => client.call('DELETE', path)),
    );
    for (const [rates, program] of [
      [copies!, 'cp --reflink=never "$1" "$2"'],
      [conversions!, 'qemu-img convert -f raw -O vpc -o subformat=fixed,force_size=on "$1" "$2"'],
    ] as const) {
      execFileSync('sync');
      const begin = performance.now();
      execFileSync('sh', ['-c', `${program} && sync "$2"`, 'sh', source, `${source}.copy`]);
      rates.push(rate((performance.now() - begin) / 1000));
      await rm(`${source}.copy`);
    }
  }
  const bar = { bar: { atLeast: 0.8 }, unit: '×' };
  const beside = (what: string, ours: readonly number[], by: string, bare: readonly number[]): Omit<Row, 'bar'> => ({
    ...{ what: `${what} of ${dose.mebibytes} MiB`, ours: `${median(ours).toFixed(0)} MB/s` },
    ...{ bare: `${by} ${median(bare).toFixed(0)} MB/s`, figure: median(ours) / median(bare), unit: '×' },
  });
  return [
    { ...beside('import of a VHD', imports!, 'cp', copies!), ...bar },
    { ...beside('import of a VHD', imports!, 'qemu-img', conversions!), ...bar },
    { ...beside('export of a VHD', exports!, 'cp', copies!), ...bar },
    { ...beside('export of a VHD', exports!, 'qemu-img', conversions!), ...bar },
    // A VHD is written here, and what it hashes to is not known before.
    { ...beside('export of a raw image', written!, 'cp', copies!), bar: null },
    { ...beside('export of a raw image', written!, 'qemu-img', conversions!), bar: null },
    {
      ...{ what: 'memory of the task-worker', ours: `${Math.max(...peak!).toFixed(0)} MiB`, bare: '–' },
      ...{ figure: Math.max(...peak!) - peak![0]!, bar: { atMost: 64 }, unit: ' MiB grown' },
    },
  ];
}

async function residentMebibytes(pid: number): Promise<number> {
  const [, kibibytes = '0'] = /VmHWM:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kibibytes) / 1024;
}

async function timed(client: ApiClient, type: string, input: object): Promise<{ seconds: number; result: any }> {
  const begin = performance.now();
  const { json } = await client.call('POST', '/v2/tasks', { body: { type, input } });
  const task = await ended(client, json.id as string);
  if (task.status !== 'success') throw new Error(`${type}: ${task.message}`);
  return { seconds: (performance.now() - begin) / 1000, result: task.result };
}

async function ended(client: ApiClient, id: string): Promise<any> {
  for (const end = Date.now() + 600_000; Date.now() < end; await sleep(10)) {
    const { json } = await client.call('GET', `/v2/tasks/${id}`);
    if (json.status === 'success' || json.status === 'failure') return json;
  }
  throw new Error(`task ${id} did not end`);
}
