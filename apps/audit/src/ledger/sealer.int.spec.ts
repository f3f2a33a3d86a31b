import { randomUUID } from 'node:crypto';
import { Frontier, hashLeaf, prove, inclusionPath, verifyInclusion } from '@cloud-images/ledger';
import { SeededRandom } from '../../../../test/support/seeded-random.js';
import { CATALOG_LOG, created, renamed, shared } from '../testing/given.js';
import { createLedgerDatabase, type LedgerDatabase } from '../testing/ledger-database.js';
import type { Arrival } from './arrival.js';
import { readProgress } from './known.query.js';
import { Sealer } from './sealer.js';
import { readFrontier, subtreeReader } from './tree.query.js';

describe('the sealer, on PostgreSQL', () => {
  let database: LedgerDatabase;
  let sealer: Sealer;
  let diverged: Arrival[];

  beforeEach(async () => {
    database = await createLedgerDatabase();
    diverged = [];
    sealer = new Sealer({ pool: database.pool, onDivergence: (arrival) => void diverged.push(arrival) });
  });
  afterEach(() => database.drop());

  const rows = async () => {
    const found = await database.owner.query<{
      position: string;
      entry: string;
      leaf_hash: Buffer;
      stream: string;
      version: number;
    }>('SELECT position, entry, leaf_hash, stream, version FROM ledger.events ORDER BY position');
    return found.rows;
  };

  /** Streams of the catalog's log, in the log's order, numbered. */
  function log(streams: number, versions: number): Arrival[] {
    const ids = Array.from({ length: streams }, () => randomUUID());
    return Array.from({ length: streams * versions }, (_, at) => {
      const id = ids[at % streams] as string;
      const version = Math.floor(at / streams) + 1;
      const more = { number: at + 1 };
      return version === 1 ? created(1, `owner ${at}`, more, id) : renamed(version, more, id);
    });
  }

  it('given deliveries by two processes at once, up to three times each, then each event is one leaf, in stream order', async () => {
    const random = new SeededRandom(11);
    const other = new Sealer({ pool: database.pool });
    const all = log(40, 12);
    // As partitions deliver: the events of a stream one after the other, the streams side by side, and things again.
    const lanes = Map.groupBy(all, ({ event }) => event.stream);
    await Promise.all(
      [...lanes.values()].map(async (lane) => {
        for (const arrival of lane) {
          for (let times = random.int(1, 3); times > 0; times -= 1) {
            await (random.int(0, 1) === 0 ? sealer : other).take([arrival]);
          }
        }
      }),
    );
    const sealed = await rows();
    expect(sealed.map(({ position }) => Number(position))).toEqual(all.map((_, at) => at));
    for (const stream of lanes.keys()) {
      const versions = sealed.filter((row) => row.stream === stream).map(({ version }) => version);
      expect(versions).toEqual(Array.from({ length: 12 }, (_, at) => at + 1));
    }
    const progress = await readProgress(database.sql, [CATALOG_LOG]);
    expect(progress.get(CATALOG_LOG)).toMatchObject({ complete: { number: 480 }, ahead: new Map() });
  });

  it('given a thousand leaves, then the tree that is kept is the tree over what was sealed, and proves each of them', async () => {
    const all = log(20, 50);
    for (let at = 0; at < all.length; at += 77) await sealer.take(all.slice(at, at + 77));
    const sealed = await rows();
    const edge = Frontier.empty();
    for (const { entry, leaf_hash } of sealed) {
      expect(leaf_hash).toEqual(hashLeaf(entry));
      edge.append(leaf_hash);
    }
    expect((await readFrontier(database.sql, 1_000)).root()).toEqual(edge.root());
    for (const index of [0, 255, 256, 511, 777, 999]) {
      const path = await prove(inclusionPath(index, 1_000), subtreeReader(database.sql));
      const leaf = sealed[index]?.leaf_hash as Buffer;
      expect(verifyInclusion({ leaf, index, size: 1_000, path, root: edge.root() })).toBe(true);
    }
    // A process that begins now goes on with the same tree.
    await new Sealer({ pool: database.pool }).take([created(1, 'x', { number: 1_001 }, randomUUID())]);
    edge.append((await rows()).at(-1)?.leaf_hash as Buffer);
    expect((await readFrontier(database.sql, 1_001)).root()).toEqual(edge.root());
  });

  it('given an event before its predecessor, then it is not taken, and the log is not complete past it', async () => {
    expect(await sealer.take([created(1), renamed(3)])).toEqual(['sealed', 'gap']);
    expect((await readProgress(database.sql, [CATALOG_LOG])).get(CATALOG_LOG)?.complete.number).toBe(1);
    expect(await sealer.take([renamed(2), renamed(3)])).toEqual(['sealed', 'sealed']);
    expect((await readProgress(database.sql, [CATALOG_LOG])).get(CATALOG_LOG)?.complete.number).toBe(3);
  });

  it('given another event at a sealed place, then what is sealed stays, and the other is kept beside it and told', async () => {
    await sealer.take([created(1), renamed(2)]);
    const before = await rows();
    const other = renamed(2);
    expect(await sealer.take([other, renamed(3)])).toEqual(['diverged', 'sealed']);
    expect((await rows()).slice(0, 2)).toEqual(before);
    expect(diverged).toEqual([other]);
    const kept = await database.owner.query('SELECT event_id FROM intake.divergences');
    expect(kept.rows).toEqual([{ event_id: other.event.event_id }]);
  });

  it('given one event in a batch that the database refuses, then only that one fails', async () => {
    const first = created(1, 'owner', { number: 1 }, randomUUID());
    const twin = { ...created(1, 'owner', { number: 2 }, randomUUID()) };
    const stolen = { ...twin, event: { ...twin.event, event_id: first.event.event_id } };
    const third = created(1, 'owner', { number: 3 }, randomUUID());
    const results = await Promise.allSettled([first, stolen, third].map((one) => sealer.take([one])));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await rows()).toHaveLength(2);
  });

  it('given a member event that was faster than its image, then the owner may read it once the image is known', async () => {
    const id = randomUUID();
    await sealer.take([shared(1, 'guest', {}, id)]);
    await sealer.take([created(1, 'owner', {}, id)]);
    const { rows: readers } = await database.owner.query(
      'SELECT project, position::integer AS position FROM ledger.readers ORDER BY position, project',
    );
    expect(readers).toEqual([
      { project: 'guest', position: 0 },
      { project: 'owner', position: 0 },
      { project: 'owner', position: 1 },
    ]);
  });

  it.each(['identity', 'events', 'readers', 'subtrees', 'checkpoints', 'keys'])(
    'refuses the service and the owner to change or empty ledger.%s',
    async (table) => {
      await sealer.take([created(1)]);
      const column = {
        identity: 'ledger_id',
        keys: 'key',
        checkpoints: 'digest',
        readers: 'project',
        subtrees: 'hash',
      };
      const name = (column as Record<string, string>)[table] ?? 'entry';
      for (const text of [
        `UPDATE ledger.${table} SET ${name} = ${name}`,
        `DELETE FROM ledger.${table}`,
        `TRUNCATE ledger.${table}`,
      ]) {
        await expect(database.sql.query(text)).rejects.toThrow(/permission denied/);
        await expect(database.owner.query(text)).rejects.toThrow(/append-only/);
      }
    },
  );
});
