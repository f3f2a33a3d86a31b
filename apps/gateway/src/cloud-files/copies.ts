// What is asked for when an object is to be copied on the server: `PUT` with `X-Copy-From`, or `COPY` with `Destination`.
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { Refusal } from '@cloud-images/contracts';
import type { ObjectName } from './object-calls.js';

/** `/container/object`, percent-encoded, in the same account. Throws `Refusal` for what is none. */
export function copyName(account: string, header: string | undefined): ObjectName {
  const [, container, object] = /^\/?([^/]+)\/(.+)$/su.exec(decoded(header ?? '')) ?? [];
  if (container !== undefined && object !== undefined) return { account, container, object };
  throw new Refusal('bad-request', 'A copy needs /container/object, percent-encoded, as X-Copy-From or Destination.');
}

/** bytes; as Swift has it. One request must not keep the store busy for hours. */
const largestCopy = 5 * 1024 ** 3;
const mostCopiesPerProject = 4;

/** Throws `Refusal` for what is too large to be copied here. */
export function assertCopySize(size: number): void {
  if (size <= largestCopy) return;
  throw new Refusal('object-too-large', `What is copied on the server may have at most ${largestCopy} bytes.`);
}

/** How many each project has under way: a copy costs its client one request, and us every byte twice. */
export class CopiesUnderWay {
  private readonly counts = new Map<string, number>();

  /** Throws `Refusal` when the project has as many as it may. */
  async oneMore(project: string, copy: () => Promise<void>): Promise<void> {
    const others = this.counts.get(project) ?? 0;
    if (others >= mostCopiesPerProject) {
      const message = 'The project has too many copies under way; try again later.';
      throw new Refusal('unavailable', message, { 'retry-after': '10' });
    }
    this.counts.set(project, others + 1);
    try {
      await copy();
    } finally {
      const left = this.counts.get(project)! - 1;
      if (left === 0) this.counts.delete(project);
      else this.counts.set(project, left);
    }
  }
}

/** Aborted when nobody waits for the answer any more; also once it has been sent. */
export function untilClosed(res: ServerResponse): AbortSignal {
  const gone = new AbortController();
  if (res.closed || res.destroyed) gone.abort();
  else res.once('close', () => gone.abort());
  return gone.signal;
}

/** Throws `Refusal` for copies that are not offered. */
export function assertOneAccount(headers: IncomingHttpHeaders): void {
  if (headers['x-copy-from-account'] === undefined && headers['destination-account'] === undefined) return;
  throw new Refusal('not-offered', 'This object store has no copies from one account to another.');
}

export const pathOf = ({ account, container, object }: ObjectName): string =>
  `/v1/${[account, container, ...object.split('/')].map(encodeURIComponent).join('/')}`;

/** What the copy has of its source, unless it was asked for without. */
export function copiedMetadata(source: IncomingHttpHeaders, wanted: IncomingHttpHeaders): Record<string, string> {
  if (/^(?:true|1|yes|on|t|y)$/i.test(String(wanted['x-fresh-metadata'] ?? ''))) return {};
  const kept = Object.entries(source).filter(([name]) => name.startsWith('x-object-meta-'));
  return Object.fromEntries(kept.map(([name, value]) => [name, String(value)]));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}
