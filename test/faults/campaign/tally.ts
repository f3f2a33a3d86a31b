// What all runs together have shown, in a file: a run goes on where the last one ended.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Load } from '../load.ts';
import type { Verdict } from '../oracles.ts';

interface Counts {
  /** How much of the scenario's dose was given. */
  done: number;
  rounds: number;
  seconds: number;
  acknowledged: number;
  refused: number;
  unknown: number;
  violations: number;
  /** By what was done to whom, e.g. `catalog append.committed`. */
  marks: Record<string, number>;
}

interface Figures {
  readonly least?: number;
  readonly most?: number;
}

interface Kept {
  version: 1;
  seeds: number[];
  scenarios: Record<string, Counts>;
  /** Extremes of what was measured, by what it is. */
  figures: Record<string, Figures>;
  /** Oracle → checked and violated, over all rounds. */
  oracles: Record<string, { checked: number; violations: number }>;
}

export class CampaignTally {
  private readonly kept: Kept;
  private readonly path: string;

  constructor(path: string) {
    this.path = path;
    this.kept = read(path);
  }

  begin(seed: number): void {
    if (!this.kept.seeds.includes(seed)) this.kept.seeds.push(seed);
  }

  of(scenario: string): Counts {
    return (this.kept.scenarios[scenario] ??= {
      done: 0,
      rounds: 0,
      seconds: 0,
      acknowledged: 0,
      refused: 0,
      unknown: 0,
      violations: 0,
      marks: {},
    });
  }

  mark(scenario: string, what: string): void {
    const { marks } = this.of(scenario);
    marks[what] = (marks[what] ?? 0) + 1;
  }

  figure(name: string, value: number): void {
    const { least = value, most = value } = this.kept.figures[name] ?? {};
    this.kept.figures[name] = { least: Math.min(least, value), most: Math.max(most, value) };
  }

  round(scenario: string, done: number, seconds: number, load: Load, verdicts: readonly Verdict[]): void {
    const counts = this.of(scenario);
    counts.done += done;
    counts.rounds += 1;
    counts.seconds += Math.round(seconds);
    counts.acknowledged += load.log.count('ok');
    counts.refused += load.log.count('refused');
    counts.unknown += load.log.count('unknown');
    for (const { oracle, checked, violations } of verdicts) {
      const sum = (this.kept.oracles[oracle] ??= { checked: 0, violations: 0 });
      sum.checked += checked;
      sum.violations += violations.length;
      counts.violations += violations.length;
    }
    this.save();
  }

  lines(): string[] {
    const { scenarios, figures, oracles, seeds } = this.kept;
    return [
      `seeds: ${seeds.join(', ')}`,
      ...Object.entries(scenarios).map(
        ([name, { done, rounds, seconds, acknowledged, refused, unknown, violations }]) =>
          `${name}: ${done} in ${rounds} rounds, ${seconds} s of load, ${acknowledged} acknowledged, ${refused} refused, ` +
          `${unknown} unknown, ${violations} violations`,
      ),
      ...Object.entries(scenarios).flatMap(([name, { marks }]) => {
        const each = Object.entries(marks).sort(([a], [b]) => (a < b ? -1 : 1));
        return each.length === 0 ? [] : [`${name}: ${each.map(([what, count]) => `${what} ${count}`).join(', ')}`];
      }),
      ...Object.entries(figures).map(([name, { least, most }]) => `${name}: ${least} to ${most}`),
      ...Object.entries(oracles).map(
        ([oracle, { checked, violations }]) => `${oracle}: ${checked} checked, ${violations} violations`,
      ),
    ];
  }

  save(): void {
    mkdirSync(dirname(this.path), { recursive: true });
    writeFileSync(`${this.path}.new`, `${JSON.stringify(this.kept, null, 2)}\n`);
    renameSync(`${this.path}.new`, this.path);
  }
}

function read(path: string): Kept {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Kept;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return { version: 1, seeds: [], scenarios: {}, figures: {}, oracles: {} };
  }
}
