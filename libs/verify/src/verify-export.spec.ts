import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keyId, publishedKey, signCheckpoint, type Checkpoint } from '@cloud-images/ledger';
import { SeededRandom } from '../../../test/support/seeded-random.js';
import { mutate } from '../../../test/tamper/mutations.ts';
import { exportOf, rowOf, sealLedger, type Row } from '../../../test/tamper/sealed-ledger.ts';
import { command } from './command.js';
import { NotTrusted, trustedKeys } from './trust.js';
import { verifyExport } from './verify-export.js';

const random = new SeededRandom(3);
const ledger = sealLedger(300, random, 40);
const keys = trustedKeys(ledger.keys);
const { checkpoints } = ledger;
const last = checkpoints.at(-1) as Checkpoint;
const verify = (lines: readonly string[], since?: Checkpoint, signed: readonly Checkpoint[] = checkpoints) =>
  verifyExport({ lines, checkpoints: signed, keys, since });

describe('verifying an export', () => {
  it('given any range that nobody touched, then it is intact', async () => {
    for (const [from, to] of [
      [0, 300],
      [0, 1],
      [1, 2],
      [17, 204],
      [299, 300],
      [40, 41],
    ] as const) {
      const verdict = await verify(exportOf(ledger, ledger.rows, from, to));
      expect({ from, to, ...verdict }).toMatchObject({ from, to, finding: null, events: to - from, unproved: 0 });
    }
  });

  it('given any one mutation, then it is found, and the event is named where its leaf survived', async () => {
    const seen = new Set<string>();
    for (let nth = 0; nth < 400; nth += 1) {
      const mutation = mutate(ledger.rows, random);
      seen.add(mutation.name);
      const lines = exportOf(ledger, mutation.rows);
      const { finding } = await verify(mutation.edit ? mutation.edit(lines) : lines, last);
      if (mutation.kinds.length > 0) {
        expect([mutation.name, mutation.position, finding?.from]).toEqual([
          mutation.name,
          mutation.position,
          mutation.position,
        ]);
        expect(mutation.kinds).toContain(finding?.what);
      } else expect([mutation.name, finding === null]).toEqual([mutation.name, false]);
    }
    expect(seen.size).toBe(14);
  });

  it('given an export that was cut off, or goes on behind its end, then that is said', async () => {
    const lines = exportOf(ledger, ledger.rows);
    expect((await verify(lines.slice(0, -1))).finding).toMatchObject({ what: 'truncated', from: 300 });
    expect((await verify(lines.slice(0, 100))).finding).toMatchObject({ what: 'truncated', from: 99 });
    expect((await verify([...lines, lines[1] as string])).finding).toMatchObject({ what: 'inserted' });
    expect((await verify(['', 'nonsense'])).finding).toMatchObject({ what: 'unreadable' });
  });

  it('given a shorter ledger, then only who kept a checkpoint can tell, and is told', async () => {
    const lines = exportOf(ledger, ledger.rows.slice(0, 200));
    expect((await verify(lines)).finding).toBeNull();
    expect((await verify(lines, last)).finding).toMatchObject({ what: 'truncated', from: 200 });
  });

  it('given no checkpoint that covers it, then nothing counts as proved', async () => {
    const beyond = exportOf({ ...ledger, checkpoints: [] }, ledger.rows);
    expect(await verify(beyond, undefined, [])).toMatchObject({ finding: null, provedTo: 0, unproved: 300 });
  });

  it('given a checkpoint that was not signed by a known key, or contradicts another, then nothing is verified', async () => {
    const lines = exportOf(ledger, ledger.rows);
    const stranger = generateKeyPairSync('ed25519');
    const forgery = signCheckpoint({ ...last, key_id: keyId(stranger.publicKey) }, stranger.privateKey);
    for (const bad of [forgery, { ...last, root: '00'.repeat(32) }, { ...last, size: 299 }]) {
      await expect(verify(lines, undefined, [...checkpoints, bad])).rejects.toThrow(NotTrusted);
    }
  });

  it('believes a key that the one before vouches for, or that is named', () => {
    const next = generateKeyPairSync('ed25519');
    const unvouched = publishedKey(next.publicKey, { id: ledger.keys[0]?.key_id as string, privateKey: null });
    expect(() => trustedKeys([...ledger.keys, unvouched])).toThrow(NotTrusted);
    expect(trustedKeys([...ledger.keys, unvouched], [unvouched.key_id]).size).toBe(2);
    expect(() => trustedKeys([])).toThrow(NotTrusted);
  });
});

describe('the command', () => {
  const directory = mkdtempSync(join(tmpdir(), 'verify-'));
  const file = (name: string, text: string): string => {
    writeFileSync(join(directory, name), text);
    return join(directory, name);
  };
  const keysFile = file('keys.json', JSON.stringify({ ledger: ledger.id, keys: ledger.keys }));
  const run = async (...args: string[]) => {
    const said: string[] = [];
    const code = await command(args, (line) => said.push(line));
    return { code, said: said.join('\n') };
  };
  afterAll(() => rmSync(directory, { recursive: true }));

  it('reads checkpoints one a line, in a list, and by themselves', async () => {
    const exported = file('export.ndjson', exportOf(ledger, ledger.rows).join('\n'));
    for (const text of [
      checkpoints.map((one) => JSON.stringify(one)).join('\n'),
      JSON.stringify({ checkpoints }),
      JSON.stringify(last),
    ]) {
      const given = file('checkpoints', text);
      const { code, said } = await run(
        exported,
        '--keys',
        keysFile,
        '--checkpoints',
        given,
        '--since',
        file('last', JSON.stringify(last)),
      );
      expect({ code, said }).toEqual({ code: 0, said: 'intact: 300 events lead to the signed checkpoint of size 300' });
    }
  });

  it('names the event and ends with 1 where it is not intact', async () => {
    const { rows } = ledger;
    const entry = { ...rows[50]!.entry, type: 'ImagePurged' };
    const exported = file('changed.ndjson', exportOf(ledger, rows.with(50, { ...rows[50]!, entry })).join('\n'));
    const { code, said } = await run(exported, '--keys', keysFile);
    expect(code).toBe(1);
    expect(said).toBe(
      `NOT INTACT: changed at position 50 (event ${entry.id}): the event is not the one that was sealed`,
    );
  });

  it.each(['\u2028', '\u2029', '\u0085', '\uFEFF', '\r', '\n'])(
    'takes %j in an event for no end of a line',
    async (character) => {
      const [{ entry }] = ledger.rows as [Row];
      const row = rowOf({ ...entry, data: { name: `one${character}two` } });
      const exported = file('odd.ndjson', exportOf({ ...ledger, checkpoints: [] }, [row]).join('\r\n'));
      const { said } = await run(exported, '--keys', keysFile);
      expect(said).toBe('1 events, and no checkpoint covers any of them: nothing is proved');
    },
  );

  it('given a line without an end, then it is no export, and no more of it is held', async () => {
    const exported = file('endless.ndjson', 'x'.repeat(17 * 1024 ** 2));
    expect((await run(exported, '--keys', keysFile)).said).toContain('it does not begin as an export does');
  });

  it('says how it is used, where it is not used so', async () => {
    expect(await run()).toMatchObject({ code: 2, said: expect.stringContaining('usage:') });
    await expect(run('x', '--xml')).rejects.toThrow(/--xml/);
  });
});
