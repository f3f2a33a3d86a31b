import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { createBlobStore, type BlobStore } from '@cloud-images/blobs';
import { verifyConsistency, type Checkpoint } from '@cloud-images/ledger';
import type { Message } from '@cloud-images/messaging';
import { logger } from '@cloud-images/service-kit';
import { trustedKeys, verifyExport } from 'cloud-images-verify';
import { exportedLines } from '../export-events/exported-lines.js';
import { checkpointsFrom, sealingKeys } from '../ledger/checkpoints.query.js';
import { everything } from '../ledger/entry-filter.js';
import { Sealer } from '../ledger/sealer.js';
import { subtreeReader } from '../ledger/tree.query.js';
import { created, renamed } from '../testing/given.js';
import { createLedgerDatabase, type LedgerDatabase } from '../testing/ledger-database.js';
import { consistencyPath, prove } from '@cloud-images/ledger';
import { Checkpoints } from './checkpoints.js';
import { blobDeposit, blobKeyOf, busDeposit } from './deposits.js';
import { readKeyFiles, type SigningKey } from './key-files.js';
import { publishKeys } from './publish-keys.js';

describe('signing the ledger, on PostgreSQL', () => {
  let database: LedgerDatabase;
  let sealer: Sealer;
  let directory: string;
  let blobs: BlobStore;
  let ledgerId: string;
  let published: Message[];
  let busIsAway: boolean;

  beforeEach(async () => {
    database = await createLedgerDatabase();
    sealer = new Sealer({ pool: database.pool });
    directory = mkdtempSync(join(tmpdir(), 'audit-'));
    addKey(1);
    blobs = createBlobStore({ kind: 'filesystem', dir: join(directory, 'blobs') });
    const { rows } = await database.owner.query<{ ledger_id: string }>('SELECT ledger_id FROM ledger.identity');
    ledgerId = rows[0]?.ledger_id as string;
    published = [];
    busIsAway = false;
  });
  afterEach(async () => {
    await database.drop();
    rmSync(directory, { recursive: true });
  });

  function addKey(nth: number): void {
    const { privateKey } = generateKeyPairSync('ed25519');
    writeFileSync(join(directory, `checkpoint-000${nth}.pem`), privateKey.export({ type: 'pkcs8', format: 'pem' }));
  }

  async function checkpoints(everySeconds = 60, everyEvents = 10_000): Promise<Checkpoints> {
    const keys = readKeyFiles(directory);
    await publishKeys(sealer, keys);
    const publisher = {
      publish: async (messages: readonly Message[]) => {
        if (busIsAway) throw new Error('away');
        published.push(...messages);
      },
      endOffsets: async () => new Map<number, string>(),
      close: async () => undefined,
    };
    return new Checkpoints({
      sql: database.sql,
      sealer,
      ledgerId,
      key: keys.at(-1) as SigningKey,
      deposits: [busDeposit(publisher), blobDeposit(blobs)],
      everySeconds,
      everyEvents,
      log: logger('audit', 'silent'),
    });
  }

  let next = 1;
  async function seal(count: number): Promise<void> {
    const id = randomUUID();
    const all = Array.from({ length: count }, (_, at) =>
      at === 0 ? created(1, 'owner', { number: next++ }, id) : renamed(at + 1, { number: next++ }, id),
    );
    await sealer.take(all);
  }

  const all = () => checkpointsFrom(database.sql, 0, 1_000);
  async function lines(from = 0, to?: number): Promise<string[]> {
    const { rows } = await database.owner.query<{ n: number }>('SELECT count(*)::integer AS n FROM ledger.events');
    const range = { from, to: to ?? (rows[0]?.n as number) };
    const request = { ledger: ledgerId, scope: 'all' as const, filter: everything, range, format: 'ndjson' as const };
    const parts: string[] = [];
    for await (const part of exportedLines(database.sql, request)) parts.push(part);
    return parts.join('').split('\n');
  }
  async function verify(exported: readonly string[], since?: Checkpoint) {
    const keys = trustedKeys(await sealingKeys(database.sql));
    return verifyExport({ lines: exported, checkpoints: await all(), keys, since });
  }

  it('signs the first events at once, then when time has passed or enough has come, and never twice the same size', async () => {
    const signing = await checkpoints(3_600, 10);
    await signing.round();
    expect(await all()).toEqual([]);
    await seal(3);
    await signing.round();
    await seal(9);
    await signing.round();
    expect((await all()).map(({ size }) => size)).toEqual([3]);
    await seal(1);
    await signing.round();
    await signing.round();
    expect(await signing.seal()).toBeNull();
    expect((await all()).map(({ size }) => size)).toEqual([3, 13]);
  });

  it('deposits each checkpoint on the bus and in the store once, also when one of them was away', async () => {
    const signing = await checkpoints();
    await seal(2);
    busIsAway = true;
    await signing.round();
    await seal(2);
    await signing.seal();
    expect(published).toEqual([]);
    busIsAway = false;
    await signing.round();
    await signing.round();
    const made = await all();
    expect(published.map(({ value }) => JSON.parse(value) as unknown)).toEqual(made);
    for (const checkpoint of made) {
      expect(JSON.parse(await text(await blobs.read(blobKeyOf(checkpoint))))).toEqual(checkpoint);
    }
  });

  it('goes on where a crash came between the store and its note', async () => {
    const signing = await checkpoints();
    await seal(2);
    await signing.round();
    await database.owner.query('DELETE FROM intake.deposits');
    await signing.round();
    const { rows } = await database.owner.query(
      'SELECT place, size::integer AS size FROM intake.deposits ORDER BY place',
    );
    expect(rows).toEqual([
      { place: 'blobs', size: 2 },
      { place: 'bus', size: 2 },
    ]);
  });

  it('proves that the ledger only grew between any two checkpoints', async () => {
    const signing = await checkpoints();
    for (const count of [1, 6, 250, 300]) {
      await seal(count);
      await signing.seal();
    }
    const made = await all();
    for (const first of made) {
      for (const second of made.filter(({ size }) => size >= first.size)) {
        const path = await prove(consistencyPath(first.size, second.size), subtreeReader(database.sql));
        const claim = {
          first: first.size,
          firstRoot: Buffer.from(first.root, 'hex'),
          second: second.size,
          secondRoot: Buffer.from(second.root, 'hex'),
          path,
        };
        expect(verifyConsistency(claim)).toBe(true);
      }
    }
  });

  it('has a new key vouched for by the one before, and signs with it from then on', async () => {
    await seal(1);
    await (await checkpoints()).seal();
    addKey(2);
    await seal(1);
    await (await checkpoints()).seal();
    const [first, second] = await sealingKeys(database.sql);
    expect((await all()).map(({ key_id }) => key_id)).toEqual([first?.key_id, second?.key_id]);
    expect(await verify(await lines())).toMatchObject({ finding: null, provedTo: 2 });
    // The old key is no longer needed, and nothing is published twice.
    rmSync(join(directory, 'checkpoint-0001.pem'));
    await checkpoints();
    expect(await sealingKeys(database.sql)).toHaveLength(2);
  });

  it('refuses to start without a key', () => {
    expect(() => readKeyFiles(join(directory, 'blobs'))).toThrow(/ENOENT|no key/);
  });

  describe('an export', () => {
    let kept: Checkpoint;

    beforeEach(async () => {
      const signing = await checkpoints();
      for (const count of [40, 300, 200]) {
        await seal(count);
        await signing.seal();
      }
      await seal(5);
      kept = (await all()).at(-1) as Checkpoint;
    });

    it.each([
      [0, 545, 540, 5],
      [0, 540, 540, 0],
      [0, 100, 340, 0],
      [17, 300, 340, 0],
      [340, 541, 540, 1],
    ])('of untouched events from %i to %i is intact', async (from, to, provedTo, unproved) => {
      expect(await verify(await lines(from, to))).toEqual({ finding: null, events: to - from, provedTo, unproved });
    });

    it.each<[string, string, string]>([
      ['an entry', `UPDATE ledger.events SET entry = replace(entry, '"u"', '"v"') WHERE position = 123`, 'changed'],
      ['a leaf', `UPDATE ledger.events SET leaf_hash = sha256('x') WHERE position = 123`, 'changed'],
      ['a row', 'DELETE FROM ledger.events WHERE position = 123', 'removed'],
    ])('of a ledger whose database lost its guards and %s names the event', async (_what, statement, kind) => {
      await database.owner.query('ALTER TABLE ledger.events DISABLE TRIGGER append_only');
      await database.owner.query(statement);
      expect((await verify(await lines())).finding).toMatchObject({ what: kind, from: 123, to: 123 });
    });

    it('of a ledger that lost its end is truncated, for whoever kept a checkpoint', async () => {
      await database.owner.query('ALTER TABLE ledger.events DISABLE TRIGGER append_only');
      await database.owner.query('DELETE FROM ledger.events WHERE position >= 400');
      await database.owner.query('ALTER TABLE ledger.checkpoints DISABLE TRIGGER append_only');
      await database.owner.query('DELETE FROM ledger.checkpoints WHERE size > 400');
      const verdict = await verify(await lines(), kept);
      expect(verdict.finding).toMatchObject({ what: 'truncated', from: 400 });
    });
  });
});
