import { randomUUID } from 'node:crypto';
import type { LedgerEntry } from '@cloud-images/ledger';
import { SeededRandom } from '../../../../test/support/seeded-random.js';
import { created, failed, renamed, requested, shared } from '../testing/given.js';
import { createLedgerDatabase, type LedgerDatabase } from '../testing/ledger-database.js';
import { taskSubject, type Arrival } from './arrival.js';
import { everything, Parameters, readFilter, type EntryFilter } from './entry-filter.js';
import { findEntries, type Scope } from './find-entries.query.js';
import { Sealer } from './sealer.js';

const EVENTS = 900;
const users = ['ada', 'bob', 'eve'];
const projects = ['p1', 'p2'];

describe('finding events, on PostgreSQL', () => {
  let database: LedgerDatabase;
  let entries: LedgerEntry[];
  const images: string[] = Array.from({ length: 30 }, () => randomUUID());
  /** The first of them has the id of an image of the other project. */
  const tasks: string[] = [images[1] as string, ...Array.from({ length: 5 }, () => randomUUID())];
  const ownerOf = (id: string, ids = images) => projects[ids.indexOf(id) % 2] as string;

  beforeAll(async () => {
    database = await createLedgerDatabase();
    const random = new SeededRandom(5);
    const versions = new Map<string, number>();
    const arrivals = Array.from({ length: EVENTS }, (_, at): Arrival => {
      const more = { number: at + 1, user: random.pick(users), project: random.pick(projects) };
      if (random.int(0, 5) === 0) {
        const task = random.pick(tasks);
        const version = (versions.get(`t ${task}`) ?? 0) + 1;
        versions.set(`t ${task}`, version);
        return version === 1 ? requested(1, ownerOf(task, tasks), more, task) : failed(version, more, task);
      }
      const image = random.pick(images);
      const isMember = versions.has(image) && random.int(0, 3) === 0;
      const key = isMember ? `m ${image}` : image;
      const version = (versions.get(key) ?? 0) + 1;
      versions.set(key, version);
      if (isMember) return shared(version, random.pick(['guest', 'p1']), more, image);
      return version === 1 ? created(1, ownerOf(image), more, image) : renamed(version, more, image);
    });
    const sealer = new Sealer({ pool: database.pool });
    for (let at = 0; at < arrivals.length; at += 100) await sealer.take(arrivals.slice(at, at + 100));
    const { rows } = await database.owner.query<{ entry: string }>('SELECT entry FROM ledger.events ORDER BY position');
    entries = rows.map(({ entry }) => JSON.parse(entry) as LedgerEntry);
  });
  afterAll(() => database.drop());

  const imageOf = ({ data }: LedgerEntry) => (data as { image_id?: string }).image_id;
  const taskOf = ({ data }: LedgerEntry) => (data as { task_id?: string }).task_id;
  const owner = (entry: LedgerEntry) => ownerOf(imageOf(entry) ?? '') ?? ownerOf(taskOf(entry) ?? '', tasks);
  function expected(scope: Scope, filter: EntryFilter): number[] {
    const readable = (entry: LedgerEntry, project: string) =>
      owner(entry) === project || (entry.data as { member_id?: string }).member_id === project;
    return entries
      .filter(
        (entry) =>
          (scope === 'all' || readable(entry, scope.project)) &&
          (filter.types.length === 0 || filter.types.includes(entry.type)) &&
          (filter.kinds.length === 0 || filter.kinds.includes(entry.kind)) &&
          (filter.image === null || filter.image === imageOf(entry)) &&
          (filter.task === null || filter.task === taskSubject(taskOf(entry) ?? '')) &&
          (filter.actor === null || filter.actor === entry.actor.user) &&
          (filter.project === null || filter.project === entry.actor.project) &&
          (filter.request === null || filter.request === entry.request_id) &&
          (filter.since === null || entry.time >= filter.since) &&
          (filter.until === null || entry.time < filter.until),
      )
      .map(({ position }) => position);
  }

  async function found(scope: Scope, filter: EntryFilter, order: 'asc' | 'desc', limit: number): Promise<number[]> {
    const positions: number[] = [];
    for (let after: number | null = null, pages = 0; pages < 2_000; pages += 1) {
      const page = await findEntries(database.sql, { scope, filter, order, after, limit });
      positions.push(...page.entries.map(({ position }) => position));
      if (page.next === null) return positions;
      after = page.next;
    }
    throw new Error('the pages have no end');
  }

  it('given any conditions, order and size of page, then the pages are what a filter over everything finds', async () => {
    const random = new SeededRandom(17);
    const maybe = <T>(value: () => T): T | null => (random.int(0, 3) === 0 ? value() : null);
    const time = () => `2026-11-24T10:00:00.${String(random.int(0, EVENTS)).padStart(6, '0')}Z`;
    const nonEmpty = { count: 0 };
    for (let nth = 0; nth < 150; nth += 1) {
      const scope: Scope = random.pick<Scope>(['all', { project: 'p1' }, { project: 'guest' }, { project: 'nobody' }]);
      const filter: EntryFilter = {
        types: maybe(() => random.pick([['ImageRenamed'], ['TaskFailed'], ['ImageCreated', 'MemberAdded']])) ?? [],
        kinds: maybe(() => [random.pick(['image', 'member', 'task'])]) ?? [],
        image: maybe(() => random.pick(images)),
        task: random.int(0, 7) === 0 ? taskSubject(random.pick(tasks)) : null,
        actor: maybe(() => random.pick(users)),
        project: maybe(() => random.pick(projects)),
        request: random.int(0, 9) === 0 ? `req-${random.int(1, EVENTS)}` : null,
        since: maybe(time),
        until: maybe(time),
      };
      const order = random.pick(['asc', 'desc'] as const);
      const wanted = expected(scope, filter);
      if (order === 'desc') wanted.reverse();
      expect({ filter, scope, found: await found(scope, filter, order, random.pick([7, 100, 1_000])) }).toEqual({
        filter,
        scope,
        found: wanted,
      });
      if (wanted.length > 0) nonEmpty.count += 1;
    }
    expect(nonEmpty.count).toBeGreaterThan(40);
  });

  it('given times, then whole stretches of the ledger are not looked at', async () => {
    const late = { ...everything, since: '2027-01-01T00:00:00Z' };
    expect(await found('all', late, 'asc', 10)).toEqual([]);
    const early = { ...everything, until: '2026-01-01T00:00:00Z' };
    expect(await found('all', early, 'desc', 10)).toEqual([]);
  });
});

describe('the conditions of a URL', () => {
  const filterOf = (query: string) => {
    const parameters = new Parameters(`/v1/events?${query}`);
    const filter = readFilter(parameters);
    parameters.end();
    return filter;
  };

  it('reads types and categories several times, everything else once', () => {
    expect(filterOf('type=A&type=B&category=image&since=2026-11-24&actor=u')).toMatchObject({
      types: ['A', 'B'],
      kinds: ['image'],
      since: '2026-11-24T00:00Z',
      actor: 'u',
    });
  });

  it.each([
    'actor=a&actor=b',
    'actor=',
    'since=yesterday',
    'since=2026-02-30',
    'until=2026-11-24T25:00Z',
    'nonsense=1',
    'request=%00',
    `image=${'x'.repeat(256)}`,
  ])('refuses %s', (query) => {
    expect(() => filterOf(query)).toThrow(expect.objectContaining({ code: 'invalid-filter' }));
  });
});
