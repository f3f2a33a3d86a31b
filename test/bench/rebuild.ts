// How fast a read model comes back from its log while the service runs: `npm run replay` on a log that was filled with
// the lives of so many images, and compared row by row in each round.
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import pg from 'pg';
import { imageBody, startSubject, type Subject } from './subject.ts';
import { median } from './statistics.ts';
import type { Row } from './table.ts';

export interface RebuildDose {
  readonly rounds: number;
  /** Five events each: made, begun to upload, active, named, tagged. */
  readonly images: number;
}

const atLeast = 20_000;
const program = join(import.meta.dirname, '../../tools/replay.mjs');

export async function benchRebuild(dose: RebuildDose, say: (line: string) => void): Promise<Row[]> {
  const subject = await startSubject();
  try {
    say(`appending the lives of ${dose.images} images`);
    await appendLives(subject, dose.images);
    // The log alone was filled: the first rebuild makes the rows that the following ones find equal.
    await replay(subject, 1);
    const told: Told[] = [];
    for (let round = 0; round < dose.rounds; round += 1) {
      told.push(await replay(subject, 0));
      say(`rebuild: ${told.at(-1)?.perSecond} events/s`);
    }
    const perSecond = median(told.map((one) => one.perSecond));
    const pausedMs = Math.max(...told.map((one) => one.pausedMs));
    const events = told[0]?.events ?? 0;
    return [
      {
        what: `rebuild of ${events} events, equal row by row`,
        ours: `${perSecond.toFixed(0)} events/s`,
        bare: '',
        figure: perSecond,
        bar: { atLeast },
        unit: ' events/s',
      },
      {
        what: 'commands wait for its swap at most',
        ours: `${pausedMs} ms`,
        bare: '',
        figure: pausedMs,
        bar: { atMost: 100 },
        unit: ' ms',
      },
    ];
  } finally {
    await subject.stop();
  }
}

interface Told {
  readonly events: number;
  readonly perSecond: number;
  readonly pausedMs: number;
}

function replay({ stack }: Subject, expectedCode: number): Promise<Told> {
  const env = { ...process.env, CLOUD_IMAGES_DATA: stack.dataDir };
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [program], { env, timeout: 600_000 }, (error, stdout, stderr) => {
      const code = error ? Number(error.code) : 0;
      const folded = /folded (\d+) events.*\((\d+)\/s\)/.exec(stdout);
      const waited = /commands waited (\d+) ms/.exec(stdout);
      if (code !== expectedCode || !folded || !waited) return reject(new Error(`replay: ${code}\n${stdout}${stderr}`));
      resolve({ events: Number(folded[1]), perSecond: Number(folded[2]), pausedMs: Number(waited[1]) });
    });
  });
}

/** As the service would have, but in a few statements. */
async function appendLives({ stack, projectId }: Subject, images: number): Promise<void> {
  const client = new pg.Client({ connectionString: stack.owners.catalog });
  await client.connect();
  try {
    const perStatement = 1000;
    for (let from = 0; from < images; from += perStatement) {
      const count = Math.min(perStatement, images - from);
      const lives = Array.from({ length: count }, (_, i) => lifeOf(from + i, projectId)).flat();
      await client.query(
        `INSERT INTO log.events (stream, version, event_id, type, schema_version, data, metadata, recorded_at)
         SELECT e->>'stream', (e->>'version')::int, (e->>'event_id')::uuid, e->>'type', 1, e->'data', e->'metadata', now()
           FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS events (e, nth) ORDER BY nth`,
        [JSON.stringify(lives)],
      );
    }
    await client.query('VACUUM (ANALYZE) log.events');
  } finally {
    await client.end();
  }
}

function lifeOf(index: number, owner: string) {
  const id = randomUUID();
  const [attempt, key] = [randomUUID(), `images/${id}`];
  const actor = { user: 'bench', project: owner, roles: ['member'], via: 'gateway' };
  const metadata = { actor, request_id: `req-${randomUUID()}`, correlation_id: randomUUID() };
  const { name, disk_format, container_format, min_disk, min_ram, tags, ...properties } = imageBody(index);
  const attributes = { name, disk_format, container_format, min_disk, min_ram, tags, properties, owner };
  const digests = { checksum: 'c'.repeat(32), os_hash_algo: 'sha512', os_hash_value: 'd'.repeat(128) };
  const facts = [
    [
      'ImageCreated',
      { ...attributes, visibility: 'shared', protected: false, os_hidden: false, from: null, to: 'queued' },
    ],
    ['ImageUploadStarted', { attempt, key, from: 'queued', to: 'saving' }],
    ['ImageActivated', { attempt, key, size: 10, virtual_size: null, ...digests, from: 'saving', to: 'active' }],
    ['ImageRenamed', { from: name, to: `renamed-${index}` }],
    ['ImageTagged', { tag: 'released' }],
  ] as const;
  return facts.map(([type, data], at) => ({
    stream: `image-${id}`,
    version: at + 1,
    event_id: randomUUID(),
    type,
    data: { image_id: id, ...data },
    metadata,
  }));
}
