import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const mebibytes = 512;

/** Moves bytes through a socket in a process with a heap of its own, as large as a service's; prints its collections. */
const program = (report: string) => `
  import { once } from 'node:events';
  import { connect, createServer } from 'node:net';
  import { constants, PerformanceObserver } from 'node:perf_hooks';
  import { Readable } from 'node:stream';
  import { setTimeout as sleep } from 'node:timers/promises';
  import { spentBuffer } from ${JSON.stringify(fileURLToPath(new URL('./spent-buffers.ts', import.meta.url)))};
  globalThis.heap = Array.from({ length: 200_000 }, (_, i) => ({ i, text: 'x' + i }));
  const kinds = [];
  new PerformanceObserver((list) => {
    for (const { detail } of list.getEntries()) kinds.push(detail.kind);
  }).observe({ entryTypes: ['gc'] });
  const block = Buffer.alloc(1024 * 1024);
  const server = createServer((socket) => Readable.from(Array(${mebibytes}).fill(block)).pipe(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect(server.address().port, '127.0.0.1').on('data', ${report});
  await once(socket, 'end');
  await sleep(100);
  const { NODE_PERFORMANCE_GC_MINOR: young, NODE_PERFORMANCE_GC_MAJOR: all } = constants;
  const count = (kind) => kinds.filter((one) => one === kind).length;
  console.log(JSON.stringify({ young: count(young), all: count(all) }));
  process.exit();`;

async function collections(report: string): Promise<{ young: number; all: number }> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program(report)]);
  return JSON.parse(stdout) as { young: number; all: number };
}

it('has what is young collected instead of the whole heap, when much came from sockets', async () => {
  const untold = await collections('() => undefined');
  const told = await collections('spentBuffer');
  expect(told.young).toBeGreaterThanOrEqual(mebibytes / 32);
  expect(told.all).toBeLessThan(untold.all);
}, 60_000);
