import { ContentInspector, judge, type Inspection, type Verdict } from '@cloud-images/disk-formats';

export const maxVirtualSize = 64 * 1024 ** 4;

export interface Examined {
  readonly inspection: Inspection;
  readonly verdict: Verdict;
  /** Milliseconds. */
  readonly took: number;
}

/** As an upload does it: chunk by chunk, asking for the verdict whenever there is news. */
export function examine(content: Buffer, diskFormat: string, chunkBytes = 65_536): Examined {
  const claim = { diskFormat, maxVirtualSize };
  const begin = performance.now();
  const inspector = new ContentInspector();
  let early: Verdict | null = null;
  for (let at = 0; at < content.length; at += chunkBytes) {
    if (inspector.see(content.subarray(at, at + chunkBytes))) early ??= judge(inspector.soFar, claim);
  }
  const inspection = inspector.finish();
  const verdict = judge(inspection, claim);
  const took = performance.now() - begin;
  if (!verdict) throw new Error('no verdict on the whole content');
  if (verdict.kind === 'match' && !isSize(verdict.virtualSize))
    throw new Error(`taken with ${verdict.virtualSize} bytes`);
  if (early && (early.kind === 'match') !== (verdict.kind === 'match'))
    throw new Error('the early verdict was taken back');
  return { inspection, verdict, took };
}

const isSize = (size: number | null): boolean =>
  size === null || (Number.isSafeInteger(size) && size >= 0 && size <= maxVirtualSize);
