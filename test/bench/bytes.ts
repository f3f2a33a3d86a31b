// Image data through the gateway, beside a bare server that hashes and writes, or reads and sends, and nothing else.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startBaseline } from './baseline-process.ts';
import { peer } from './peer.ts';
import { cpuSeconds, untilQuiet } from './process-cost.ts';
import { median } from './statistics.ts';
import { fileUrl, remove, upload } from './stored-image.ts';
import { startSubject, type Subject } from './subject.ts';
import type { Row } from './table.ts';
import { digestsOf, mebibyte, send, take } from './transfer.ts';

export interface BytesDose {
  readonly rounds: number;
  readonly mebibytes: number;
}

interface Moved {
  readonly megabytesPerSecond: number;
  readonly cpuSeconds: number;
}

export async function benchBytes({ rounds, mebibytes }: BytesDose, say: (line: string) => void): Promise<Row[]> {
  const bytes = mebibytes * mebibyte;
  const dir = await mkdtemp(join(tmpdir(), 'cloud-images-bare-'));
  const subject = await startSubject();
  const bare = await startBaseline('bytes-server', [dir]);
  const [up, bareUp, down, bareDown]: [Moved[], Moved[], Moved[], Moved[]] = [[], [], [], []];
  try {
    const kept = (await upload(subject, bytes)).id;
    await assertWhole(subject, kept, bytes);
    await send({ url: `${bare.url}/kept`, bytes });
    for (let round = 0; round < rounds; round += 1) {
      say(`bytes, round ${round + 1} of ${rounds}`);
      const ours = async () => {
        let id = '';
        up.push(
          await moved(bytes, subject.pids(true), async () => {
            const stored = await upload(subject, bytes);
            id = stored.id;
            return stored.seconds;
          }),
        );
        await remove(subject, id);
        const url = fileUrl(subject, kept);
        down.push(await moved(bytes, subject.pids(true), () => take({ url, headers: subject.headers, bytes })));
      };
      const theirs = async () => {
        bareUp.push(await moved(bytes, [bare.pid], () => send({ url: `${bare.url}/new`, bytes })));
        await rm(join(dir, 'new'));
        bareDown.push(await moved(bytes, [bare.pid], () => take({ url: `${bare.url}/kept`, bytes })));
      };
      for (const go of round % 2 === 0 ? [ours, theirs] : [theirs, ours]) {
        await settle(subject);
        await go();
      }
    }
  } finally {
    await bare.stop();
    await subject.stop();
    await rm(dir, { recursive: true, force: true });
  }
  return [
    row(`upload of ${mebibytes} MiB`, up, bareUp, peer.upload.megabytesPerSecond),
    row(`download of ${mebibytes} MiB`, down, bareDown, peer.download.megabytesPerSecond),
  ];
}

/** Nobody pays for what another round left to be written. */
async function settle(subject: Subject): Promise<void> {
  execFileSync('sync');
  await untilQuiet(subject.pids(true), 10);
}

async function assertWhole(subject: Subject, id: string, bytes: number): Promise<void> {
  const expected = digestsOf(bytes);
  const { json } = await subject.client.call('GET', `/v2/images/${id}`);
  const came = createHash('sha512');
  await take({ url: fileUrl(subject, id), headers: subject.headers, bytes }, came);
  const whole =
    json.size === bytes &&
    json.checksum === expected.md5 &&
    json.os_hash_value === expected.sha512 &&
    came.digest('hex') === expected.sha512;
  if (!whole) throw new Error('what was stored is not what was sent');
}

async function moved(bytes: number, pids: readonly number[], go: () => Promise<number>): Promise<Moved> {
  const before = cpuSeconds(pids);
  const seconds = await go();
  return { megabytesPerSecond: bytes / 1e6 / seconds, cpuSeconds: cpuSeconds(pids) - before };
}

function row(what: string, ours: readonly Moved[], bare: readonly Moved[], glance: number): Row {
  const rate = (rounds: readonly Moved[]) => median(rounds.map((one) => one.megabytesPerSecond));
  const cost = (rounds: readonly Moved[]) => `${median(rounds.map((one) => one.cpuSeconds)).toFixed(2)} s`;
  return {
    what,
    ours: `${rate(ours).toFixed(0)} MB/s`,
    bare: `${rate(bare).toFixed(0)} MB/s`,
    figure: rate(ours) / rate(bare),
    bar: { atLeast: 0.85 },
    unit: '×',
    cpuOurs: cost(ours),
    cpuBare: cost(bare),
    peer: `${glance} MB/s`,
  };
}
