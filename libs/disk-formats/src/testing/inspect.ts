import { ContentInspector, type Inspection } from '../content-inspector.js';
import type { Finding, Problem } from '../finding.js';
import { judge, type Verdict } from '../judge.js';

export const MAX = 64 * 1024 ** 4;

export function inspect(content: Buffer, chunkBytes = 65_536): Inspection {
  const inspector = new ContentInspector();
  for (let at = 0; at < content.length; at += chunkBytes) inspector.see(content.subarray(at, at + chunkBytes));
  return inspector.finish();
}

export const verdictOn = (content: Buffer, diskFormat: string): Verdict =>
  judge(inspect(content), { diskFormat, maxVirtualSize: MAX })!;

/** The one finding, or null. */
export function findingIn(content: Buffer): Finding | null {
  const { findings } = inspect(content);
  if (findings.length > 1) throw new Error(`recognised as ${findings.map(({ format }) => format).join(' and ')}`);
  return findings[0] ?? null;
}

export const problemsIn = (content: Buffer): readonly Problem[] => [...new Set(findingIn(content)?.problems)];
