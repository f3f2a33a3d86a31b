import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { jest } from '@jest/globals';
import type { MemberEvent } from '@cloud-images/contracts';
import { readModelTables } from './read-model/create-read-model.js';
import { memberFacts, recorded } from './read-model/testing/read-model-database.js';
import { startCatalogProcess, type CatalogProcess } from './testing/catalog-process.js';

const V21 = { 'content-type': 'application/openstack-images-v2.1-json-patch' };
const person = (project: string) => ({
  user: `user-${project}`,
  project,
  roles: ['member'],
  source: 'embedded' as const,
});

jest.setTimeout(120_000);

let catalog: CatalogProcess;
let demo: ReturnType<CatalogProcess['as']>;
let alt: ReturnType<CatalogProcess['as']>;

beforeEach(async () => {
  catalog = await startCatalogProcess({ CLOUD_IMAGES_DELETE_DELAY_SECONDS: '3600' });
  // Signed for each call: a signature is worth a minute, and a slow machine needs longer.
  demo = (...call) => catalog.as(person('demo'))(...call);
  alt = (...call) => catalog.as(person('alt'))(...call);
});
afterEach(() => catalog.stop());

interface Replay {
  readonly process: ChildProcess;
  readonly ended: Promise<{ code: number | null; said: string }>;
}

/** The program that containers and `npm run replay` run. */
function replay(...args: string[]): Replay {
  const program = join(import.meta.dirname, '../dist/replay.js');
  const child = spawn(process.execPath, [program, ...args], { env: catalog.ownerEnv });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (said += text.toString()));
  const ended = new Promise<{ code: number | null; said: string }>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, said }));
  });
  return { process: child, ended };
}

async function create(): Promise<string> {
  const answer = await demo('POST', '/v2/images', { name: 'x', tags: ['a'], note: 'y' });
  if (answer.status !== 201) throw new Error(`create: ${answer.status} ${answer.text}`);
  return answer.json.id;
}

async function patch(id: string, path: string, value: string) {
  const answer = await demo('PATCH', `/v2/images/${id}`, [{ op: 'add', path, value }], V21);
  if (answer.status !== 200) throw new Error(`patch: ${answer.status} ${answer.text}`);
  return answer;
}

/** Tells the catalog of `facts`, which follow the first `after` ones of the image's membership. */
async function push(id: string, facts: MemberEvent[], after = 0): Promise<void> {
  const events = facts.map((fact, i) => ({
    ...recorded(fact, `membership-${id}`, after + i + 1, i),
    position: String(after + i + 1),
    transaction_id: '1',
  }));
  const answer = await catalog.membership('/internal/member-events', { events });
  if (answer.status !== 200) throw new Error(`push: ${answer.status} ${answer.text}`);
}

async function rows(): Promise<Record<string, string[]>> {
  const tables: Record<string, string[]> = {};
  for (const table of Object.keys(readModelTables)) {
    const found = await catalog.sql.query(`SELECT t::text AS row FROM read_model.${table} t ORDER BY 1`);
    tables[table] = found.rows.map(({ row }) => row as string);
  }
  return tables;
}

async function schemas(): Promise<string[]> {
  const found = await catalog.sql.query(`SELECT nspname FROM pg_namespace WHERE nspname LIKE 'read_model%'`);
  return found.rows.map(({ nspname }) => nspname as string);
}

it('given images that are made, changed, shared and deleted while it runs, then the catalog serves on and all is equal', async () => {
  const images: string[] = await Promise.all(Array.from({ length: 40 }, create));
  const wrong: string[] = [];
  let done = 0;
  let running = true;
  const load = async () => {
    while (running) {
      const id = await create();
      images.push(id);
      await push(id, memberFacts(id, 'alt', 'accepted'));
      // What was just said to hold must show: at once, from whichever tables are live.
      const name = `changed-${id}`;
      const changed = await patch(id, '/name', name);
      if ((await demo('GET', `/v2/images/${id}`)).text !== changed.text) wrong.push(`${id} is shown as it was`);
      if ((await alt('GET', `/v2/images/${id}`)).status !== 200) wrong.push(`${id} is not shown to its member`);
      const mine = await demo('GET', `/v2/images?name=${name}`);
      if (mine.status !== 200 || !mine.text.includes(id)) wrong.push(`${id} is not listed`);
      if (done % 4 === 0) await demo('DELETE', `/v2/images/${id}`);
      done += 1;
    }
  };
  const loads = [load(), load(), load(), load()];
  const replays: { code: number | null; said: string }[] = [];
  try {
    for (let round = 0; round < 4; round += 1) replays.push(await replay(...(round === 0 ? ['--verify'] : [])).ended);
  } finally {
    running = false;
    await Promise.all(loads);
  }
  expect(replays.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
  expect(replays.at(-1)?.said).toMatch(/images: \d+ rows, equal\n.*image_members: \d+ rows, equal\n.*swapped;/s);
  expect(wrong.slice(0, 5)).toEqual([]);
  expect(done).toBeGreaterThan(20);
  const live = await rows();
  expect(live['images']).toHaveLength(images.length);
  expect((await replay().ended).code).toBe(0);
  expect(await rows()).toEqual(live);
});

const held = {
  'before the first page': {
    hold: 'LOCK TABLE log.events IN ACCESS EXCLUSIVE MODE',
    until: `SELECT 1 FROM pg_stat_activity WHERE application_name = 'rebuild' AND wait_event = 'relation'`,
  },
  'half way': {
    hold: 'LOCK TABLE log.inbox IN ACCESS EXCLUSIVE MODE',
    until: `SELECT 1 FROM pg_stat_activity WHERE application_name = 'rebuild' AND wait_event = 'relation'`,
  },
  'while it waits for writers': {
    hold: 'SELECT pg_advisory_xact_lock_shared(7215361905)',
    until: `SELECT 1 FROM pg_stat_activity WHERE application_name = 'rebuild' AND wait_event = 'advisory'`,
  },
  'after the swap, with the old one still there': {
    hold: 'SELECT 1 FROM read_model.images',
    until: `SELECT 1 FROM pg_namespace WHERE nspname = 'read_model_retired'`,
  },
};

it.each(Object.entries(held))(
  'given a kill %s, then what is live is whole, and the next run succeeds',
  async (_when, point) => {
    const [id] = await Promise.all(Array.from({ length: 5 }, create));
    await push(id as string, memberFacts(id as string, 'alt', 'accepted'));
    const before = await rows();
    const holder = await catalog.sql.connect();
    let killed: Replay;
    try {
      await holder.query('BEGIN');
      await holder.query(point.hold);
      killed = replay();
      while ((await catalog.sql.query(point.until)).rowCount === 0) {
        if (killed.process.exitCode !== null) throw new Error((await killed.ended).said);
        await sleep(5);
      }
      killed.process.kill('SIGKILL');
      expect(await killed.ended).toMatchObject({ code: null });
    } finally {
      await holder.query('ROLLBACK');
      holder.release();
    }
    expect(await rows()).toEqual(before);
    await patch(id as string, '/name', 'changed');
    expect((await alt('GET', `/v2/images/${id}`)).json['name']).toBe('changed');
    const next = await replay().ended;
    expect(next).toMatchObject({ code: 0, said: expect.stringContaining('swapped;') });
    expect(await schemas()).toEqual(['read_model']);
  },
);

it('given rows that the log does not say, then --verify names them and leaves them, and a replay repairs them', async () => {
  const id = await create();
  const before = await rows();
  const [other, project] = [randomUUID(), 'x\u009b31m'];
  await catalog.sql.query(`UPDATE read_model.images SET name = 'other', min_disk = 7 WHERE id = $1`, [id]);
  await catalog.sql.query(`INSERT INTO read_model.image_members VALUES ($1, $2, 'accepted')`, [other, project]);
  await catalog.sql.query(`DELETE FROM read_model.visible_images WHERE principal = 'operator'`);
  const verified = await replay('--verify').ended;
  expect(verified.code).toBe(1);
  expect(verified.said).toContain(
    `images: 1 rows, 1 rebuilt, 1 DIFFERENT\n    {"id":"${id}"}: differs in name, min_disk`,
  );
  expect(verified.said).toContain(`{"image_id":"${other}","member_id":"x\\u009b31m"}: only live`);
  expect(verified.said).toMatch(/\{"principal":"operator",.*\}: only rebuilt/);
  expect((await rows())['images']).not.toEqual(before['images']);
  expect((await replay().ended).code).toBe(1);
  expect(await rows()).toEqual(before);
  expect((await replay('--verify').ended).code).toBe(0);
});

it('says what it cannot do', async () => {
  const told = await replay('--repair').ended;
  expect(told).toMatchObject({ code: 1, said: expect.stringContaining('--repair') });
});
