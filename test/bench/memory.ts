// Memory must not grow with what is moved: resident memory of all our processes (not PostgreSQL's) above idle.
import { setTimeout as sleep } from 'node:timers/promises';
import { peakResidentMiB, residentMiB, untilQuiet } from './process-cost.ts';
import { fileUrl, remove, upload } from './stored-image.ts';
import { startSubject, type Subject } from './subject.ts';
import type { Row } from './table.ts';
import { mebibyte, take } from './transfer.ts';

export interface MemoryDose {
  readonly mebibytes: number;
  readonly streams: number;
  readonly mebibytesPerStream: number;
}

const oneStreamMiB = 192;
const manyStreamsMiB = 512;
const growthMiB = 16;
/** Steady: grown by no more in so many steps. */
const [steadyMiB, steadySteps, stepSeconds, steadyWithinSeconds] = [2, 4, 5, 180];

export async function benchMemory(
  dose: MemoryDose,
  say: (line: string) => void,
  start: () => Promise<Subject> = startSubject,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (const direction of ['upload', 'download'] as const) {
    say(`memory: ${direction}s`);
    // A process that has moved gigabytes has no idle state to compare with: each direction gets fresh ones.
    const subject = await start();
    try {
      rows.push(...(await measure(subject, direction, dose, say)));
    } finally {
      await subject.stop();
    }
  }
  return rows;
}

async function measure(
  subject: Subject,
  direction: 'upload' | 'download',
  dose: MemoryDose,
  say: (line: string) => void,
): Promise<Row[]> {
  const bytes = dose.mebibytes * mebibyte;
  const prepared = direction === 'download' ? await uploadElsewhere(subject, bytes) : null;
  await warm(subject);
  const idle = residentMiB(subject.pids());
  const once = async (size: number) => {
    if (prepared) return void (await take({ url: prepared.url, headers: subject.headers, bytes: size }));
    await remove(subject, (await upload(subject, size)).id);
  };
  const peaks: number[] = [];
  const after: Record<string, number>[] = [];
  for (let nth = 0; nth < 4; nth += 1) {
    peaks.push(await peakResidentMiB(subject.pids(), () => once(bytes)));
    after.push(residentByName(subject));
  }
  const grown = Object.entries(after[3]!).map(([name, size]) => `${name} ${(size - after[0]![name]!).toFixed(0)}`);
  say(`memory: grown from after the 1st ${direction} to after the 4th, MiB: ${grown.join(', ')}`);
  const perStream = prepared ? bytes : dose.mebibytesPerStream * mebibyte;
  const many = await peakResidentMiB(subject.pids(), () =>
    Promise.all(Array.from({ length: dose.streams }, () => once(perStream))),
  );
  return [
    row(`memory, one ${direction} of ${dose.mebibytes} MiB`, idle, peaks[0]! - idle, oneStreamMiB),
    row(`memory, 4th ${direction} above the 1st`, idle, peaks[3]! - peaks[0]!, growthMiB),
    row(`memory, ${dose.streams} ${direction}s at once`, idle, many - idle, manyStreamsMiB),
  ];
}

const residentByName = ({ stack }: Subject): Record<string, number> =>
  Object.fromEntries(
    Object.entries(stack.pids).flatMap(([name, pid]) =>
      name === 'postgres' || pid === undefined ? [] : [[name, residentMiB([pid])]],
    ),
  );

/** Uploads, then starts the gateway again: its memory is that of a gateway that has not moved anything. */
async function uploadElsewhere(subject: Subject, bytes: number): Promise<{ url: string }> {
  const { id } = await upload(subject, bytes);
  await subject.stack.kill('gateway');
  await subject.stack.restart('gateway');
  return { url: fileUrl(subject, id) };
}

/**
 * Idle is a service that has served, not one that has just started: for a minute or two after that V8 lets each process
 * grow by tens of MiB, whatever is asked of it, until it collects.
 */
async function warm(subject: Subject): Promise<void> {
  for (let nth = 0; nth < 20; nth += 1) {
    const { id } = await upload(subject, 64 * 1024);
    await take({ url: fileUrl(subject, id), headers: subject.headers, bytes: 64 * 1024 });
    await subject.client.call('GET', '/v2/images');
    await remove(subject, id);
  }
  await untilQuiet(subject.pids(), 20);
  const seen: number[] = [];
  for (let waited = 0; waited < steadyWithinSeconds; waited += stepSeconds) {
    seen.push(residentMiB(subject.pids()));
    if (seen.length > steadySteps && seen.at(-1)! - seen.at(-1 - steadySteps)! <= steadyMiB) return;
    await sleep(stepSeconds * 1000);
  }
}

function row(what: string, idle: number, figure: number, atMost: number): Row {
  return { what, ours: `${idle.toFixed(0)} MiB idle`, bare: '', figure, bar: { atMost }, unit: ' MiB' };
}
