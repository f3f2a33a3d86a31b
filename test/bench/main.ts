// npm run bench -- [--quick] [--only http|list|bytes|inspection|memory|rebuild|ledger|relay|propagation|s3|tasks] [--rounds n]
//   [--images n,n] [--data dir]
// What the service does beside the least that the task itself needs, measured in the same run on the same machine: each
// baseline is a file of a few dozen lines in `baselines/`. Exit code 0 when every bar is passed. `--images`: how many there
// are in the larger lists, growing; `--data`: where lists keep their images for the next run.
import { availableParallelism, cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { benchBytes } from './bytes.ts';
import { benchHttp } from './http.ts';
import { benchInspection } from './inspection.ts';
import { stopWhenInterrupted } from './interrupt.ts';
import { benchLedger } from './ledger.ts';
import { benchList } from './list.ts';
import { benchMemory } from './memory.ts';
import { withoutKafka } from './message-bus.ts';
import { withoutObjectStore } from './object-store.ts';
import { benchPropagation } from './propagation.ts';
import { benchRebuild } from './rebuild.ts';
import { benchRelay } from './relay.ts';
import { benchS3 } from './s3.ts';
import { render, verdict, type Row } from './table.ts';
import { benchTasks } from './tasks.ts';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    rounds: { type: 'string' },
    images: { type: 'string' },
    data: { type: 'string' },
  },
});
const { quick } = values;
const rounds = Number(values.rounds ?? (quick ? 2 : 5));
const many = values.images?.split(',').map(Number) ?? (quick ? [100_000] : [100_000, 1_000_000]);
if (!many.every((size) => Number.isInteger(size) && size > 1000)) throw new Error('--images takes numbers above 1000');
if (process.platform !== 'linux') throw new Error('the bench reads /proc: it runs on Linux');
if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds takes a whole number from 1');

const began = performance.now();
const say = (line: string) =>
  console.error(`${((performance.now() - began) / 1000).toFixed(0).padStart(5)} s  ${line}`);
stopWhenInterrupted(say);
const memory = { mebibytes: quick ? 256 : 1024, streams: 16, mebibytesPerStream: quick ? 64 : 256 };
const ledger = {
  images: quick ? 4000 : 20_000,
  manyImages: quick ? 8000 : 600_000,
  searches: quick ? 300 : 2000,
  told: quick ? 200 : 1000,
  seconds: quick ? 3 : 10,
  crowds: quick
    ? [{ readers: 20, perSecond: 50 }]
    : [
        { readers: 100, perSecond: 100 },
        { readers: 500, perSecond: 20 },
      ],
};
const parts = {
  http: () => benchHttp({ rounds, seconds: quick ? 2 : 5, images: 1000 }, say),
  list: () => benchList({ rounds, requests: quick ? 30 : 100, few: 1000, many, kept: values.data }, say),
  bytes: () => benchBytes({ rounds, mebibytes: quick ? 256 : 1024 }, say),
  inspection: () => benchInspection({ rounds, mebibytes: quick ? 128 : 512 }, say),
  memory: () => benchMemory(memory, say),
  rebuild: () => benchRebuild({ rounds, images: quick ? 4000 : 20_000 }, say),
  ledger: () => benchLedger(ledger, say),
  relay: () => benchRelay({ rounds, images: quick ? 4000 : 20_000 }, say),
  propagation: () => benchPropagation({ perSecond: 100, images: quick ? 300 : 2000, tries: quick ? 200 : 1000 }, say),
  tasks: () => benchTasks({ rounds, mebibytes: quick ? 256 : 2048, small: quick ? 200 : 1000, projects: 10 }, say),
  s3: () => benchS3({ rounds, mebibytes: quick ? 256 : 1024, memory }, say),
} satisfies Record<string, () => Promise<Row[]>>;

const isPart = (name: string): name is keyof typeof parts => Object.hasOwn(parts, name);
const asked = values.only?.split(',') ?? Object.keys(parts);
const missing = new Map<string, string | null>();
if (asked.includes('s3')) missing.set('s3', withoutObjectStore());
const throughKafka = ['relay', 'propagation'].filter((name) => asked.includes(name));
const noKafka = throughKafka.length > 0 ? await withoutKafka(say) : null;
for (const name of throughKafka) missing.set(name, noKafka);
for (const [name, why] of missing) if (why !== null) say(`left out: ${name}, because ${why}`);
const wanted = asked.filter((name) => (missing.get(name) ?? null) === null);
const rows: Row[] = [];
for (const name of wanted) {
  if (!isPart(name)) throw new Error(`--only takes ${Object.keys(parts).join(', ')}`);
  rows.push(...(await parts[name]()));
}

const machine = `${availableParallelism()} × ${cpus()[0]?.model.trim()}, Node ${process.versions.node}`;
console.log(
  `\n${machine}, load ${loadavg()[0]!.toFixed(1)}, medians of ${rounds} interleaved rounds${quick ? ' (quick)' : ''}\n`,
);
console.log(render(rows));
console.log(`
CPU is that of all our processes with PostgreSQL's, a request (or a whole transfer); bare: its server, forwarder and
PostgreSQL. Glance 33 was measured on another day on such a machine: for orientation.`);
const failed = rows.filter((row) => verdict(row) === 'FAIL').length;
console.log(`${rows.filter((row) => verdict(row) === 'pass').length} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
