// npm run subscribers [-- --images 60] [--kills 4] [--only python] [--seed n]: the examples, as they are, on a Kafka under load: killed again and
// again, told to read everything once more, and started on a topic that has it all. What each has in its file in the end
// is what the services' logs have, each event once. Ends with `N passed, N failed`.
import { spawn, type ChildProcess } from 'node:child_process';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Kafka, logLevel, type Admin } from 'kafkajs';
import { startKafkaBroker, whyNoBroker } from '../../tools/kafka-broker.mjs';
import { startStack } from '../../tools/stack.mjs';
import { readLogged } from '../faults/ledger/oracles.ts';
import { Tally } from '../journeys/tally.ts';
import { login } from '../support/api-client.ts';
import { installPython, programsOf } from '../support/python-environment.ts';
import { SeededRandom } from '../support/seeded-random.ts';

const { values } = parseArgs({
  options: {
    images: { type: 'string', default: '60' },
    kills: { type: 'string', default: '4' },
    only: { type: 'string' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
  },
});
/** A member that was killed keeps its partitions for 45 s. */
const COMPLETE_WITHIN_MS = 180_000;
const examples = join(import.meta.dirname, '../../examples');
const environment = 'subscribers';
const say = (line: string) => console.log(`  ${line}`);
const random = new SeededRandom(Number(values.seed));
const tally = new Tally();

interface Example {
  readonly name: string;
  readonly group: string;
  readonly command: readonly [string, ...string[]];
}
const all: readonly Example[] = [
  {
    name: 'typescript',
    group: 'example-subscriber',
    command: [process.execPath, join(examples, 'typescript/follow-events.ts')],
  },
  {
    name: 'python',
    group: 'example-subscriber-python',
    command: [join(programsOf(environment), 'python'), join(examples, 'python/follow_events.py')],
  },
];
const subscribers = all.filter(({ name }) => values.only === undefined || name === values.only);

const why = await whyNoBroker(say);
if (why !== undefined) {
  console.log(`not run here: ${why}`);
  process.exit(0);
}
await installPython(environment, join(examples, 'python/requirements.txt'), say);
console.log(`subscribers: ${values.images} images, ${values.kills} kills, seed ${values.seed}`);
const directory = await mkdtemp(join(tmpdir(), 'cloud-images-subscribers-'));
const broker = await startKafkaBroker();
try {
  const kafka = { CLOUD_IMAGES_BUS_KIND: 'kafka', CLOUD_IMAGES_KAFKA_BROKERS: broker.address };
  const names = ['gateway', 'catalog', 'membership', 'task-worker', 'audit'] as const;
  const stack = await startStack({
    dataDir: join(directory, 'data'),
    env: kafka,
    envOf: Object.fromEntries(names.map((name) => [name, kafka])),
  });
  try {
    await tally.check('what happens on the bus while subscribers are killed', () => live(stack));
    const logs = await settledLogs(stack);
    for (const example of subscribers) await judge(example, logs);
  } finally {
    await stack.stop();
  }
} finally {
  await broker.remove();
  await rm(directory, { recursive: true, force: true });
}
console.log(`${tally.passed} passed, ${tally.failed} failed`);
process.exit(tally.failed === 0 && tally.passed > 0 ? 0 : 1);

type Stack = Awaited<ReturnType<typeof startStack>>;
type Taken = { readonly stream: string; readonly version: number; readonly id: string };

/** The load goes on until each subscriber was killed as often as was asked. */
async function live(stack: Stack): Promise<void> {
  const going = { on: true };
  const load = describeImages(stack.url, going);
  try {
    for (const example of subscribers) await killAgainAndAgain(example);
  } finally {
    going.on = false;
    await load;
  }
}

async function killAgainAndAgain(example: Example): Promise<void> {
  for (let kill = 0; kill < Number(values.kills); kill += 1) {
    const child = start(example, example.name);
    await sleep(random.int(1_500, 4_000));
    assert.equal(child.exitCode, null, `${example.name} ended by itself`);
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
}

async function describeImages(url: string, going: { on: boolean }): Promise<void> {
  const owner = await login(url, 'demo');
  const other = await login(url, 'alt');
  const call = async (method: string, path: string, body?: object) => {
    const answer = await owner.client.call(method, path, body === undefined ? {} : { body });
    assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${answer.body}`);
    return answer.json;
  };
  for (let made = 0; going.on || made < Number(values.images); made += 1) {
    const { id } = await call('POST', '/v2/images', { name: `of the stranger ${made}`, visibility: 'shared' });
    await call('POST', `/v2/images/${id}/members`, { member: other.projectId });
    await call('PUT', `/v2/images/${id}/tags/seen`);
    if (made % 3 === 0) await call('DELETE', `/v2/images/${id}/members/${other.projectId}`);
    if (made % 5 === 0) await call('DELETE', `/v2/images/${id}`);
  }
  await owner.client.close();
  await other.client.close();
}

/** Once nothing is added any more: memberships are closed a while after their images are deleted. */
async function settledLogs(stack: Stack): Promise<string[]> {
  for (let logs = await readLogs(stack); ;) {
    await sleep(10_000);
    const now = await readLogs(stack);
    if (now.length === logs.length) return logs;
    logs = now;
  }
}

/** Of the topics that the examples read. */
async function readLogs({ databases }: Stack): Promise<string[]> {
  const all = [...(await readLogged(databases.catalog)), ...(await readLogged(databases.membership))];
  return all.map(({ stream, version, event_id: id }) => lineOf({ stream, version, id })).sort();
}

async function judge(example: Example, logs: readonly string[]): Promise<void> {
  const { name, group } = example;
  await tally.check(`${name}: goes on after the kills, and has each event of the logs once`, async () => {
    await untilComplete(example, name, logs);
  });
  await tally.check(`${name}: hears everything again, and takes nothing twice`, async () => {
    await readAgain(group);
    const all = await published();
    assert.ok(all >= logs.length, `${all} messages of ${logs.length} events`);
    assert.equal(await untilComplete(example, name, logs, async () => (await heard(group)) >= all), '');
  });
  await tally.check(`${name}: starts on a topic that has it all`, async () => {
    await readAgain(group);
    const printed = await untilComplete(example, `${name}-anew`, logs);
    assert.equal(printed.trim().split('\n').length, logs.length);
  });
}

function fileOf(name: string): string {
  return join(directory, `${name}.sqlite`);
}

function lineOf({ stream, version, id }: Taken): string {
  return `${stream} ${version} ${id}`;
}

function start({ command: [program, ...args] }: Example, file: string): ChildProcess {
  return spawn(program, [...args, broker.address, fileOf(file)], { stdio: ['ignore', 'pipe', 'inherit'] });
}

/** Runs it until its file has what the logs have, and it is done; resolves with what it printed. It must end well. */
async function untilComplete(
  example: Example,
  file: string,
  logs: readonly string[],
  isDone: () => Promise<boolean> = async () => true,
): Promise<string> {
  const child = start(example, file);
  let printed = '';
  child.stdout?.on('data', (text: Buffer) => (printed += text.toString('utf8')));
  const end = Date.now() + COMPLETE_WITHIN_MS;
  const isComplete = async () => taken(file).length >= logs.length && (await isDone());
  while (Date.now() < end && child.exitCode === null && !(await isComplete())) await sleep(200);
  assert.ok(Date.now() < end, 'it was not done in time');
  child.kill('SIGINT');
  const [code] = child.exitCode === null ? await once(child, 'exit') : [child.exitCode];
  assert.deepEqual(taken(file), logs);
  assert.equal(code, 0);
  return printed;
}

function taken(file: string): string[] {
  try {
    const database = new DatabaseSync(fileOf(file), { readOnly: true });
    const rows = database.prepare('SELECT stream, version, id FROM events').all();
    database.close();
    return rows.map((row) => lineOf(row as unknown as Taken)).sort();
  } catch {
    // It has not made its file yet.
    return [];
  }
}

async function asAdmin<T>(work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = new Kafka({ brokers: [broker.address], clientId: 'operator', logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

function readAgain(group: string): Promise<void> {
  return asAdmin(async (admin) => {
    for (const topic of topics()) await admin.resetOffsets({ groupId: group, topic, earliest: true });
  });
}

/** Messages that the group says it is done with. */
function heard(group: string): Promise<number> {
  return asAdmin(async (admin) => {
    const told = await admin.fetchOffsets({ groupId: group, topics: topics() });
    return told
      .flatMap(({ partitions }) => partitions)
      .reduce((sum, { offset }) => sum + Math.max(0, Number(offset)), 0);
  });
}

/** Messages in the topics: a relay that was not told of its success has sent some of them again. */
function published(): Promise<number> {
  return asAdmin(async (admin) => {
    const ends = await Promise.all(topics().map((topic) => admin.fetchTopicOffsets(topic)));
    return ends.flat().reduce((sum, { high }) => sum + Number(high), 0);
  });
}

function topics(): string[] {
  return ['cloud-images.image', 'cloud-images.member'];
}
