// A third party: has the README and docs/subscribe.md, Kafka's own console consumer and the verifier, and an auditor's
// token. Follows the history of one image on the bus, and proves it with nothing but files.
import assert from 'node:assert/strict';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Tally } from '../journeys/tally.ts';
import { login, type ApiClient } from '../support/api-client.ts';
import { root, run, type ComposeProject } from './project.ts';

/** Above the minute within which a checkpoint covers what was sealed. */
const PROVABLE_WITHIN_MS = 90_000;
const verifier = join(import.meta.dirname, '../../libs/verify/bin/cloud-images-verify.mjs');

interface Heard {
  readonly key: string;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
}

interface Entry {
  readonly id: string;
  readonly stream: string;
  readonly version: number;
  readonly position: number;
}

export async function checkStranger(tally: Tally, project: ComposeProject, imageId: string): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'cloud-images-stranger-'));
  const file = (name: string) => join(directory, name);
  const { client } = await login(project.url, 'admin');
  const verify = async (...args: string[]) => {
    const { code, output } = await run(process.execPath, [verifier, ...args], process.env, 120);
    return { code, output: output.trim() };
  };
  let history: Entry[] = [];
  try {
    await tally.check('a stranger hears the history of an image from Kafka’s console consumer', async () => {
      const heard = [
        ...(await listen(project, 'cloud-images.image')),
        ...(await listen(project, 'cloud-images.member')),
      ];
      const { json } = await client.call('GET', `/v2/images/${imageId}/events?limit=1000`);
      // Who read it is told on a topic of its own, to auditors.
      history = (json.events as Entry[]).filter(({ stream }) => !stream.startsWith('security-'));
      const ofImage = heard.filter(({ key }) => key === imageId);
      assert.ok(
        history.some(({ stream }) => stream.startsWith('member')),
        'the image was never shared',
      );
      for (const kind of new Set(history.map(({ stream }) => stream))) {
        assert.deepEqual(
          onceEach(ofImage.filter(({ headers }) => headers['ce_stream'] === kind)),
          history.filter(({ stream }) => stream === kind).map(({ id, version }) => `${version} ${id}`),
        );
      }
    });
    await tally.check('follows it by the example, which goes on where it was when it is started again', async () => {
      await chmod(directory, 0o777);
      assert.equal((await follow(project, directory, imageId)).length, history.length);
      assert.deepEqual(await follow(project, directory, imageId), []);
    });
    await tally.check('takes keys, checkpoints from Kafka and an export, and finds the export intact', async () => {
      await untilProvable(client, history.at(-1)?.position ?? 0);
      const checkpoints = (await listen(project, 'cloud-images.checkpoint')).map(({ value }) => value);
      await writeFile(file('checkpoints.json'), checkpoints.join('\n'));
      await writeFile(file('keys.json'), await (await fetch(`${project.url}/v1/keys`)).text());
      const { body } = await client.call('GET', '/v1/export', { timeoutMs: 60_000 });
      await writeFile(file('events.ndjson'), body);
      const said = await verify(
        file('events.ndjson'),
        '--keys',
        file('keys.json'),
        '--checkpoints',
        file('checkpoints.json'),
      );
      assert.match(said.output, /^intact: \d+ events/);
      assert.equal(said.code, 0);
    });
    await tally.check('proves one event of the image alone', async () => {
      const proof = await client.call('GET', `/v1/proofs/inclusion?event=${history.at(-1)?.id}`);
      await writeFile(file('proof.json'), proof.body);
      const said = await verify('--proof', file('proof.json'), '--keys', file('keys.json'));
      assert.equal(said.code, 0, said.output);
    });
    await tally.check('and sees that one word of the image’s history was changed', async () => {
      const lines = (await readFile(file('events.ndjson'), 'utf8')).split('\n');
      const at = lines.findIndex((line) => line.includes(imageId) && line.includes('"to":"active"'));
      assert.ok(at >= 0, 'the image never became active');
      lines[at] = lines[at]!.replace('"to":"active"', '"to":"queued"');
      await writeFile(file('changed.ndjson'), lines.join('\n'));
      const said = await verify(
        file('changed.ndjson'),
        '--keys',
        file('keys.json'),
        '--checkpoints',
        file('checkpoints.json'),
      );
      assert.match(said.output, /^NOT INTACT: /);
      assert.equal(said.code, 1);
    });
  } finally {
    await client.close();
    await rm(directory, { recursive: true, force: true });
  }
}

/** What docs/subscribe.md tells a stranger to type. It ends with an error of its own when nothing comes any more. */
async function listen(project: ComposeProject, topic: string): Promise<Heard[]> {
  const consumer = [
    '/opt/kafka/bin/kafka-console-consumer.sh',
    '--bootstrap-server',
    'localhost:9092',
    '--topic',
    topic,
  ];
  const shown = ['print.headers=true', 'print.key=true'].flatMap((what) => ['--formatter-property', what]);
  const command = ['exec', '-T', 'kafka', ...consumer, '--from-beginning', ...shown, '--timeout-ms', '8000'];
  const { stdout, output } = await project.tryCompose(command, 120);
  const heard = stdout.split('\n').filter((line) => line.includes('ce_specversion'));
  assert.ok(heard.length > 0, `nothing was heard on ${topic}: ${output.slice(-500)}`);
  return heard.map(read);
}

/** What examples/typescript prints of an image in the time that it is given; its file of what it took is in `directory`. */
async function follow(project: ComposeProject, directory: string, imageId: string): Promise<string[]> {
  const example = ['node', '/repository/examples/typescript/follow-events.ts', 'kafka:9092', '/taken/events.sqlite'];
  const volumes = [`${root}:/repository:ro`, `${directory}:/taken`].flatMap((volume) => ['--volume', volume]);
  // As `migrate`, for its Node and its network.
  const container = ['run', '--rm', '--no-deps', '-T', ...volumes, 'migrate'];
  const command = [...container, 'timeout', '--signal', 'INT', '20', ...example];
  const { stdout } = await project.tryCompose(command, 120);
  return stdout.split('\n').filter((line) => line.includes(imageId));
}

/** headers, key and value, with tabs between them; the headers by commas, which their values may have too. */
function read(line: string): Heard {
  const [headers = '', key = '', ...value] = line.split('\t');
  const named = headers.split(/,(?=ce_[a-z]+:|content-type:)/).map((one) => {
    const at = one.indexOf(':');
    return [one.slice(0, at), one.slice(at + 1)] as const;
  });
  return { key, value: value.join('\t'), headers: Object.fromEntries(named) };
}

/** A message may come again: what is not above the last version was heard. */
function onceEach(heard: readonly Heard[]): string[] {
  let last = 0;
  return heard.flatMap(({ headers }) => {
    const version = Number(headers['ce_streamversion']);
    if (version <= last) return [];
    last = version;
    return [`${version} ${headers['ce_id']}`];
  });
}

async function untilProvable(client: ApiClient, position: number): Promise<void> {
  for (const until = Date.now() + PROVABLE_WITHIN_MS; ; await sleep(1_000)) {
    const { json } = await client.call('GET', '/v1/checkpoints/latest');
    if (Number(json.checkpoint?.size ?? 0) > position) return;
    if (Date.now() > until) throw new Error(`no checkpoint covers position ${position}`);
  }
}
