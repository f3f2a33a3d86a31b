import type { BaseImage } from './base-images.ts';
import { examine } from './examine.ts';
import { mutantOf } from './mutants.ts';
import { startOslo } from './oslo.ts';
import { sizeReasons, verdictReasons, type Pair } from './reasons.ts';

export interface Compared {
  readonly mutants: number;
  readonly bothAccept: number;
  readonly bothRefuse: number;
  /** How often each reason for a difference applied, and an example of it. */
  readonly differences: ReadonlyMap<string, { count: number; readonly says: string; readonly example: string }>;
  readonly unexplained: readonly string[];
}

/** Our verdict on each mutant beside that of oslo.utils. */
export async function compare(
  bases: readonly BaseImage[],
  mutants: number,
  seed: number,
  say: (line: string) => void,
): Promise<Compared> {
  const oslo = await startOslo(say);
  const differences = new Map<string, { count: number; says: string; example: string }>();
  const unexplained: string[] = [];
  let [bothAccept, bothRefuse] = [0, 0];
  try {
    for (let nth = 0; nth < mutants; nth += 1) {
      const { base, content, how } = mutantOf(bases, seed, nth);
      const diskFormat = nth % 5 === 0 ? 'raw' : nth % 25 === 1 ? 'ami' : base.diskFormat;
      const ours = examine(content, diskFormat);
      const pair: Pair = { diskFormat, content, ours, theirs: await oslo.ask(diskFormat, content) };
      const difference = differenceOf(pair);
      const example = `mutant ${nth}: ${base.name} (${how.join(', ')}) as ${diskFormat}: ${told(pair)}`;
      if (difference === null && pair.theirs.accepted) bothAccept += 1;
      else if (difference === null) bothRefuse += 1;
      else if (difference === 'unexplained') unexplained.push(example);
      else {
        const known = differences.get(difference.id);
        if (known) known.count += 1;
        else differences.set(difference.id, { count: 1, says: difference.says, example });
      }
      if (nth % 1000 === 999) say(`${nth + 1} mutants compared, ${unexplained.length} differences without a reason`);
    }
  } finally {
    await oslo.stop();
  }
  return { mutants, bothAccept, bothRefuse, differences, unexplained };
}

function differenceOf(pair: Pair): { id: string; says: string } | 'unexplained' | null {
  const { verdict } = pair.ours;
  const match = verdict.kind === 'match';
  if (match !== pair.theirs.accepted) return verdictReasons.find((one) => one.applies(pair)) ?? 'unexplained';
  if (verdict.kind !== 'match' || verdict.virtualSize === pair.theirs.virtual_size) return null;
  return sizeReasons.find((one) => one.applies(pair)) ?? 'unexplained';
}

function told({ ours: { verdict }, theirs }: Pair): string {
  const we = verdict.kind === 'match' ? `taken as ${verdict.format}, ${verdict.virtualSize} bytes` : verdict.says;
  return `ours: ${we}; oslo.utils: ${theirs.formats.join('+')}, ${theirs.why}, ${theirs.virtual_size} bytes`;
}
