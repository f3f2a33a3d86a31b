import { setTimeout as sleep } from 'node:timers/promises';
import type { startStack } from '../../../tools/stack.mjs';
import type { SeededRandom } from '../../support/seeded-random.ts';
import type { Load } from '../load.ts';

const services = ['gateway', 'catalog', 'membership', 'postgres'] as const;
type Target = (typeof services)[number] | 'audit' | 'task-worker';
const AT_LEAST_IN_FLIGHT = 16;
const RECOVERY_MS = 60_000;

type Stack = Awaited<ReturnType<typeof startStack>>;

interface Kill {
  readonly target: string;
  readonly inFlight: number;
  readonly recoveredMs: number;
}

/** Kills one process after the other, each in turn, at random moments under full load. */
export class Kills {
  readonly done: Kill[] = [];

  private readonly stack: Stack;
  private readonly load: Load;
  private readonly random: SeededRandom;
  private readonly targets: readonly Target[];

  constructor(stack: Stack, load: Load, random: SeededRandom, targets: readonly Target[] = services) {
    this.targets = targets;
    this.stack = stack;
    this.load = load;
    this.random = random;
  }

  async run(count: number): Promise<void> {
    for (let i = 0; i < count; i += 1) {
      await this.progress();
      const target = this.targets[i % this.targets.length] as Target;
      const inFlight = this.load.inFlight;
      const started = Date.now();
      await this.stack.kill(target);
      await this.stack.waitReady(RECOVERY_MS);
      this.done.push({ target, inFlight, recoveredMs: Date.now() - started });
      if ((i + 1) % 10 === 0) console.log(`  ${i + 1} kills, ${this.load.log.count('ok')} acknowledged so far`);
    }
  }

  /** Until the load does its work again and enough of it is under way; then a random moment more. */
  private async progress(): Promise<void> {
    const before = this.load.log.count('ok');
    const until = Date.now() + RECOVERY_MS;
    while (this.load.log.count('ok') < before + 100 || this.load.inFlight < AT_LEAST_IN_FLIGHT) {
      if (Date.now() > until) throw new Error('the load makes no progress after a kill');
      await sleep(10);
    }
    await sleep(this.random.int(0, 400));
    while (this.load.inFlight < AT_LEAST_IN_FLIGHT) await sleep(1);
  }

  summary(): string {
    const per = this.targets.map((target) => `${target} ${this.done.filter((kill) => kill.target === target).length}`);
    const least = Math.min(...this.done.map((kill) => kill.inFlight));
    const recovery = this.done.map((kill) => kill.recoveredMs).sort((a, b) => a - b);
    const median = recovery[Math.floor(recovery.length / 2)] ?? 0;
    return `${this.done.length} (${per.join(', ')}), at least ${least} requests in flight, ready again after ${median} ms median, ${recovery.at(-1) ?? 0} ms at most`;
  }
}
