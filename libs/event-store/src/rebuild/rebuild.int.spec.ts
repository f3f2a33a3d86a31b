import { jest } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { REBUILD_LOCK } from '../postgres/transaction.js';
import { CounterService, create, differing } from '../testing/counter-read-model.js';
import { REBUILD_TURN } from './rebuild.js';
import { describeRebuild, isEqual } from './describe-rebuild.js';

jest.setTimeout(120_000);

describe('a rebuild, on PostgreSQL', () => {
  let service: CounterService;

  beforeEach(async () => {
    service = await CounterService.start();
  });
  afterEach(() => service.stop());

  const schemas = async () => {
    const { rows } = await service.owner.query(`SELECT nspname FROM pg_namespace WHERE nspname LIKE 'read_model%'`);
    return rows.map(({ nspname }) => nspname as string);
  };

  it('given commands, deliveries and reads while it runs, then no read is empty, partial or old, and the result is equal', async () => {
    const streams = 400;
    await service.appendUnprojected('count-', streams, 3);
    await service.rebuild(true);
    const told = { writes: 0, reads: 0, notes: 0 };
    const wrong: string[] = [];
    let running = true;
    const loop = async (step: () => Promise<void>) => {
      while (running) await step().catch((error: unknown) => void wrong.push(String(error)));
    };
    const write = async () => {
      const stream = `count-${1 + Math.floor(Math.random() * streams)}`;
      const { version, state } = await service.count(stream);
      const seen = await service.read(stream);
      told.writes += 1;
      if (!seen || seen.version < version || seen.total < state)
        wrong.push(`${stream} is ${version}, read ${seen?.version}`);
      if (seen && seen.doubled !== seen.total * 2) wrong.push(`${stream} is half new`);
    };
    const read = async () => {
      const seen = await service.readAll();
      told.reads += 1;
      if (seen.streams !== streams || seen.apart > 0) wrong.push(JSON.stringify(seen));
    };
    const note = async () => {
      await service.inbox.receive(service.foreignEvent(`note-${Math.floor(Math.random() * 20)}`));
      told.notes += 1;
    };
    const load = [write, write, write, write, write, write, read, read, note].map(loop);
    const swaps: number[] = [];
    try {
      for (let round = 0; round < 12; round += 1) {
        const rebuilt = await service.rebuild(true);
        expect(describeRebuild(rebuilt).join('\n')).not.toContain('DIFFERENT');
        swaps.push(...rebuilt.pausedMs);
      }
    } finally {
      running = false;
      await Promise.all(load);
    }
    expect(wrong.slice(0, 5)).toEqual([]);
    expect(Math.min(told.writes, told.reads, told.notes)).toBeGreaterThan(50);
    expect(await service.readAll()).toEqual({ streams, apart: 0 });
    expect(differing(await service.rebuild(false))).toBe(0);
    expect(await schemas()).toEqual(['read_model']);
    expect(Math.max(...swaps)).toBeLessThan(2_000);
  });

  it('given statements that were prepared before a swap, then they write and read the new tables after it', async () => {
    const client = await service.store.pool.connect();
    const update = { name: 'mine', text: 'UPDATE sums SET total = total + 0 WHERE stream = $1 RETURNING tableoid' };
    await service.count('count-1');
    const [before] = (await client.query({ ...update, values: ['count-1'] })).rows;
    await service.rebuild(true);
    const [after] = (await client.query({ ...update, values: ['count-1'] })).rows;
    const { rows } = await service.owner.query(`SELECT 'read_model.sums'::regclass::oid AS tableoid`);
    client.release();
    expect(after).toEqual(rows[0]);
    expect(after).not.toEqual(before);
  });

  it('given long streams and more of them than it remembers, then each is folded whole', async () => {
    await service.appendUnprojected('long-', 1, 2_500);
    await service.appendUnprojected('many-', 1_500, 2);
    expect(differing(await service.rebuild(true))).toBe(3_002);
    expect(await service.read('long-1')).toEqual({ total: 2_500, version: 2_500, doubled: 5_000 });
    expect((await service.readAll()).streams).toBe(1_501);
  });

  it('given events above the horizon, of streams that it has forgotten, then they are in it too', async () => {
    await service.appendUnprojected('many-', 1_500, 2);
    await service.rebuild(true);
    const holder = await service.owner.connect();
    try {
      await holder.query('BEGIN; SELECT pg_current_xact_id()');
      for (let i = 1; i <= 100; i += 1) await service.count(`many-${i}`);
      expect(differing(await service.rebuild(true))).toBe(0);
    } finally {
      await holder.query('ROLLBACK');
      holder.release();
    }
    expect(await service.read('many-7')).toMatchObject({ total: 3, version: 3 });
  });

  it('given a foreign stream that its owner has otherwise, then the rebuild has what the inbox has', async () => {
    const [first, second] = [service.foreignEvent('note-a'), service.foreignEvent('note-a')];
    await service.inbox.receiveMany([first, second]);
    const other = { ...second, event_id: randomUUID() };
    service.owned.set('note-a', [first, other]);
    await service.inbox.receive(other);
    const rebuilt = await service.rebuild(true);
    expect(rebuilt).toMatchObject({ foreignEvents: 2, swapped: true });
    expect(differing(rebuilt)).toBe(0);
  });

  it('given a row that the log does not say, then a comparison names it and leaves it, and a rebuild repairs it', async () => {
    for (const stream of ['count-1', 'count-2', 'count-3']) await service.count(stream, 5);
    await service.owner.query(`UPDATE read_model.sums SET total = 6 WHERE stream = 'count-1'`);
    await service.owner.query(`DELETE FROM read_model.doubles WHERE stream = 'count-2'`);
    await service.owner.query(`INSERT INTO read_model.notes VALUES (E'note-\\u009b1', 1, 'x')`);
    const verified = await service.rebuild(false);
    expect(isEqual(verified)).toBe(false);
    expect(describeRebuild(verified)).toEqual([
      expect.stringMatching(/^folded 3 events, 0 of other services, in /),
      'sums: 3 rows, 3 rebuilt, 1 DIFFERENT',
      '  {"stream":"count-1"}: differs in total',
      'doubles: 2 rows, 3 rebuilt, 1 DIFFERENT',
      '  {"stream":"count-2"}: only rebuilt',
      'notes: 1 rows, 0 rebuilt, 1 DIFFERENT',
      '  {"stream":"note-\\u009b1"}: only live',
      expect.stringMatching(/^compared only; /),
    ]);
    expect(differing(await service.rebuild(true))).toBe(3);
    expect(await service.read('count-1')).toEqual({ total: 5, version: 1, doubled: 10 });
    expect(isEqual(await service.rebuild(false))).toBe(true);
  });

  it('given a number that differs by less than a JavaScript number can tell, then it is named', async () => {
    await service.inbox.receive(service.foreignEvent('note-a'));
    await service.owner.query('UPDATE read_model.notes SET weight = weight + 1');
    expect(describeRebuild(await service.rebuild(false))).toContain('  {"stream":"note-a"}: differs in weight');
  });

  it('given a command that takes long, then the waiting swap holds no other command up', async () => {
    await service.count('count-1');
    const slow = await service.owner.connect();
    let over = false;
    await slow.query('BEGIN');
    await slow.query('SELECT pg_advisory_xact_lock_shared($1)', [REBUILD_LOCK]);
    const rebuilding = service.rebuild(true).finally(() => (over = true));
    try {
      for (let i = 0; i < 20; i += 1) {
        await service.count('count-2');
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      expect(over).toBe(false);
    } finally {
      await slow.query('COMMIT');
      slow.release();
    }
    expect(await rebuilding).toMatchObject({ swapped: true });
  });

  it('given a read that takes long, then the swap does not wait for it, and the old tables go when it has ended', async () => {
    await service.count('count-1');
    const slow = await service.owner.connect();
    await slow.query('BEGIN; SELECT * FROM read_model.sums');
    const rebuilding = service.rebuild(true);
    while ((await schemas()).includes('read_model_retired') === false) await service.count('count-1');
    const { version } = await service.count('count-1');
    expect(await service.read('count-1')).toMatchObject({ version });
    await slow.query('COMMIT');
    slow.release();
    expect(await rebuilding).toMatchObject({ swapped: true });
    expect(await schemas()).toEqual(['read_model']);
  });

  /** Indexes, constraints and triggers of the live read model, as they would be made. */
  const structure = async () => {
    const { rows } = await service.owner.query(
      `SELECT pg_get_indexdef(i.indexrelid) || CASE WHEN i.indisvalid THEN '' ELSE ' (invalid)' END AS is
         FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid WHERE t.relnamespace = 'read_model'::regnamespace
       UNION ALL SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = 'read_model'::regnamespace
       UNION ALL SELECT pg_get_triggerdef(g.oid) || ' ' || g.tgenabled::text FROM pg_trigger g JOIN pg_class t ON t.oid = g.tgrelid
        WHERE t.relnamespace = 'read_model'::regnamespace AND NOT g.tgisinternal
       ORDER BY 1`,
    );
    return rows.map(({ is }) => is as string);
  };

  it('gives the rebuilt tables the indexes, constraints and triggers that they are created with', async () => {
    const created = await structure();
    expect(created.join()).toMatch(/the largest.*CREATE TRIGGER changed.* O.*PRIMARY KEY.*UNIQUE/);
    await service.appendUnprojected('many-', 1_500, 2);
    await service.rebuild(true);
    expect(await structure()).toEqual(created);
  });

  it('knows of a table of foreign facts what is in it, and no earlier that there is nothing', async () => {
    for (let nth = 0; nth < 300; nth += 1) await service.inbox.receive(service.foreignEvent(`note-${nth}`));
    await service.rebuild(true);
    const { rows } = await service.owner.query(
      `SELECT reltuples::int AS rows FROM pg_class WHERE oid = 'read_model.notes'::regclass`,
    );
    expect(rows).toEqual([{ rows: 300 }]);
  });

  it('given a backup that reads since before, then its indexes do not wait for the end of it', async () => {
    const created = await structure();
    await service.count('count-1');
    const backup = await service.owner.connect();
    try {
      await backup.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM log.events');
      const rebuilt = await service.rebuild(true, create, 2_000);
      expect(rebuilt).toMatchObject({ swapped: true });
      expect(differing(rebuilt)).toBe(0);
      expect(await structure()).toEqual(created);
    } finally {
      await backup.query('ROLLBACK');
      backup.release();
    }
  });

  it('given one that fails half way, then the live read model stays and nothing is left', async () => {
    await service.count('count-1');
    const broken = service.rebuild(true, async (sql) => void (await sql.query('CREATE TABLE sums (stream text)')));
    await expect(broken).rejects.toThrow(/does not exist/);
    expect(await schemas()).toEqual(['read_model']);
    expect(await service.read('count-1')).toMatchObject({ total: 1 });
  });

  it('given two at once, then they take turns; given one that goes on and on, then the other says so', async () => {
    await service.count('count-1');
    const both = await Promise.all([service.rebuild(true), service.rebuild(true)]);
    expect(both.map(({ swapped }) => swapped)).toEqual([true, true]);
    const other = await service.owner.connect();
    await other.query('SELECT pg_advisory_lock($1)', [REBUILD_TURN]);
    await expect(service.rebuild(true)).rejects.toThrow('another rebuild of this read model is under way');
    await other.query('SELECT pg_advisory_unlock_all()');
    other.release();
  });
});
