import type { AnyEvent } from '@cloud-images/contracts';
import { describeRebuild, isEqual } from './describe-rebuild.js';
import { rebuildReadModel, type RebuildOptions } from './rebuild.js';

/**
 * Rebuilds the read model from the log beside the live one, compares, swaps; with `--verify` it compares only. Returns the
 * exit code: 1 when the live one was not what the log says.
 */
export async function replayCommand<State, E extends AnyEvent>(
  args: readonly string[],
  options: Omit<RebuildOptions<State, E>, 'swap'>,
): Promise<number> {
  const unknown = args.find((arg) => arg !== '--verify');
  if (unknown !== undefined) throw new Error(`there is no option ${unknown}; the only one is --verify`);
  const rebuilt = await rebuildReadModel({ ...options, swap: args.length === 0 });
  for (const line of describeRebuild(rebuilt)) process.stdout.write(`  ${line}\n`);
  return isEqual(rebuilt) ? 0 : 1;
}
