// A fixed cloud of images for the list fuzz: what the model knows of each is read back from the API as its owner and,
// for the microseconds that order them, from the log.
import pg from 'pg';
import type { ApiClient } from '../support/api-client.ts';
import { fixedVhd, iso, qcow2 } from '../support/disk-content.ts';
import type { SeededRandom } from '../support/seeded-random.ts';

export interface Listed {
  /** The entity as its owner sees it. */
  readonly entity: Record<string, any>;
  readonly owner: string;
  /** Project → status. */
  readonly members: ReadonlyMap<string, string>;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly deleted: boolean;
}

export interface Person {
  readonly client: ApiClient;
  readonly projectId: string;
  readonly admin: boolean;
}

export interface Population {
  readonly images: readonly Listed[];
}

const formats = ['raw', 'qcow2', 'vhd', 'iso', null] as const;

/** Data that is what it says: the service looks. */
function dataOf(format: Exclude<(typeof formats)[number], null>, random: SeededRandom): Buffer {
  switch (format) {
    case 'raw':
      return random.bytes(random.pick([1, 10, 1000])).fill(0, 510);
    case 'qcow2':
      return qcow2({ virtualSize: random.pick([0, 1000, 2 ** 40]) });
    case 'vhd':
      return fixedVhd(random.bytes(random.pick([1, 10, 1000])).fill(0, 510));
    case 'iso':
      return iso(random.pick([18, 1000]));
  }
}

export async function populate(
  people: Record<'demo' | 'alt' | 'admin', Person>,
  count: number,
  random: SeededRandom,
  catalogUrl: string,
): Promise<Population> {
  const images: Listed[] = [];
  for (let i = 0; i < count; i += 1) images.push(await makeOne(people, i, random));
  return { images: await withTimes(images, catalogUrl) };
}

async function makeOne(people: Record<'demo' | 'alt' | 'admin', Person>, i: number, random: SeededRandom) {
  const owner = random.pick([people.demo, people.demo, people.alt, people.alt, people.admin]);
  const visibility = random.pick([
    'shared',
    'shared',
    'private',
    'community',
    ...(owner.admin ? ['public', 'public'] : []),
  ]);
  const diskFormat = random.pick(formats);
  const empty = diskFormat !== null && random.next() < 0.4;
  const body = {
    ...(random.next() < 0.9
      ? { name: random.pick(['alpha', 'beta', 'Beta', 'a,b', 'with "quote"', `n${i % 17}`, 'é', 'in:x']) }
      : {}),
    visibility,
    ...(diskFormat === null ? {} : { disk_format: diskFormat, container_format: random.pick(['bare', 'ovf']) }),
    min_ram: random.pick([0, 64, 512, 512, 4096]),
    min_disk: random.pick([0, 1, 20]),
    protected: random.next() < 0.2,
    os_hidden: random.next() < 0.15,
    tags: ['red', 'green', 'x y', 'é'].filter(() => random.next() < 0.35),
    ...(random.next() < 0.5 ? { flavour: random.pick(['sweet', 'sour', 'in:sweet']) } : {}),
    ...(random.next() < 0.2 ? { __proto__x: 'p', 'key&=': 'v' } : {}),
    ...(empty ? { size: 0 } : {}),
  };
  const id = await made(owner, body);
  const members = new Map<string, string>();
  if (visibility === 'shared') {
    for (const member of [people.demo, people.alt]) {
      if (member === owner || random.next() < 0.4) continue;
      members.set(member.projectId, await share(id, owner, member, random.pick(['pending', 'accepted', 'rejected'])));
    }
  }
  if (!empty && diskFormat !== null && random.next() < 0.3)
    await ok(owner.client.upload(id, dataOf(diskFormat, random)));
  const hasData = (await owner.client.call('GET', `/v2/images/${id}`)).json.status === 'active';
  if (hasData && random.next() < 0.2) await ok(owner.client.call('POST', `/v2/images/${id}/actions/deactivate`));
  const deleted = !body.protected && random.next() < 0.1;
  const shown = await owner.client.call('GET', `/v2/images/${id}`);
  if (deleted) await ok(owner.client.call('DELETE', `/v2/images/${id}`));
  return { entity: shown.json, owner: owner.projectId, members, createdAt: '', updatedAt: '', deleted };
}

async function made(owner: Person, body: object): Promise<string> {
  return (await ok(owner.client.call('POST', '/v2/images', { body }))).json.id as string;
}

async function share(id: string, owner: Person, member: Person, status: string): Promise<string> {
  await ok(owner.client.call('POST', `/v2/images/${id}/members`, { body: { member: member.projectId } }));
  if (status !== 'pending')
    await ok(member.client.call('PUT', `/v2/images/${id}/members/${member.projectId}`, { body: { status } }));
  return status;
}

async function ok(sent: ReturnType<ApiClient['call']>) {
  const answer = await sent;
  if (answer.status >= 300) throw new Error(`population: ${answer.status} ${answer.body.toString('utf8')}`);
  return answer;
}

async function withTimes(images: readonly Listed[], catalogUrl: string): Promise<Listed[]> {
  const client = new pg.Client({ connectionString: catalogUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ stream: string; created: string; updated: string }>(
      `SELECT stream, min(recorded_at)::text AS created, max(recorded_at)::text AS updated FROM log.events GROUP BY stream`,
    );
    const times = new Map(rows.map((row) => [row.stream, row]));
    return images.map((image) => {
      const row = times.get(`image-${String(image.entity['id']).toLowerCase()}`);
      if (!row) throw new Error(`no events of ${String(image.entity['id'])}`);
      return { ...image, createdAt: row.created, updatedAt: row.updated };
    });
  } finally {
    await client.end();
  }
}
