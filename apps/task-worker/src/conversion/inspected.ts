import type { Readable } from 'node:stream';
import { ContentInspector, judge, type Claim } from '@cloud-images/disk-formats';
import { TaskFailure } from '../task/runner.js';

/** The same bytes, looked at by the rules of today before a program sees them. Throws `TaskFailure` on what no program shall open. */
export async function* inspected(source: Readable, claim: Claim): AsyncGenerator<Buffer> {
  const inspector = new ContentInspector();
  for await (const chunk of source as AsyncIterable<Buffer>) {
    if (inspector.see(chunk)) refuse(judge(inspector.soFar, claim));
    yield chunk;
  }
  inspector.finish();
  refuse(judge(inspector.soFar, claim));
}

function refuse(verdict: ReturnType<typeof judge>): void {
  if (verdict !== null && verdict.kind !== 'match') {
    throw new TaskFailure(`The image can not be converted: ${verdict.says}`);
  }
}
