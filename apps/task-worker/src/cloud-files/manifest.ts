// What an object that is made of others says of them: a static large object, as clients of the Object Storage API send it.
import { createHash } from 'node:crypto';
import { Refusal } from '@cloud-images/contracts';

/** What `/info` says, too. */
export const mostSegments = 1_000;
const mostProblems = 10;

/** One that a client names; null: it says nothing of it. */
export interface NamedSegment {
  readonly container: string;
  readonly name: string;
  /** hex */
  readonly md5: string | null;
  /** bytes */
  readonly size: number | null;
}

/** One that was found as it was named, as it is kept. */
export interface Segment {
  readonly container: string;
  readonly name: string;
  readonly md5: string;
  readonly size: number;
}

/** What there is under a segment's name. */
export interface FoundSegment {
  readonly md5: string;
  readonly size: number;
  /** Of its data in the blob store. */
  readonly key: string;
  /** Whether it is made of segments itself. */
  readonly segmented: boolean;
}

/** The body of `PUT …?multipart-manifest=put`. Throws `Refusal` `bad-request` that says what is wrong with which. */
export function readManifest(body: unknown): NamedSegment[] {
  if (!Array.isArray(body) || body.length === 0) {
    throw new Refusal('bad-request', 'A manifest is a JSON array of at least one segment.');
  }
  if (body.length > mostSegments)
    throw new Refusal('limit-exceeded', `A manifest has at most ${mostSegments} segments.`);
  const problems: string[] = [];
  const named = body.map((entry: unknown, at) => {
    const segment = readSegment(entry);
    if (typeof segment === 'string') problems.push(`segment ${at + 1}: ${segment}`);
    return segment as NamedSegment;
  });
  refuse(problems);
  return named;
}

function readSegment(entry: unknown): NamedSegment | string {
  if (typeof entry !== 'object' || entry === null) return 'it is no object';
  const { path, etag = null, size_bytes: size = null, ...others } = entry as Record<string, unknown>;
  const other = Object.keys(others)[0];
  if (other !== undefined) return `'${other.slice(0, 64)}' is not offered here`;
  const [, container, name] = (typeof path === 'string' ? /^\/?([^/]+)\/(.+)$/su.exec(path) : null) ?? [];
  if (container === undefined || name === undefined) return "'path' must be /container/object";
  if (etag !== null && (typeof etag !== 'string' || !/^"?[0-9a-f]{32}"?$/i.test(etag))) return "'etag' must be an md5";
  if (size !== null && !(Number.isSafeInteger(size) && Number(size) >= 0)) return "'size_bytes' must be a number";
  const md5 = etag === null ? null : etag.replaceAll('"', '').toLowerCase();
  return { container, name, md5, size: size === null ? null : Number(size) };
}

/** Each segment as it is. Throws `Refusal` `bad-request` where one is not there, or is not as the client says. */
export function matched(named: readonly NamedSegment[], found: readonly (FoundSegment | null)[]): Segment[] {
  refuse(
    named.flatMap((segment, at) => {
      const problem = problemOf(segment, found[at] ?? null);
      return problem === null ? [] : [`/${segment.container}/${segment.name}: ${problem}`];
    }),
  );
  return named.map(({ container, name }, at) => ({ container, name, md5: found[at]!.md5, size: found[at]!.size }));
}

/** Whether all segments are still what the manifest was made of: the keys of their data, or null. */
export function stillThere(
  segments: readonly Segment[],
  found: readonly (FoundSegment | null)[],
): { readonly key: string; readonly size: number }[] | null {
  const changed = segments.some((segment, at) => problemOf(segment, found[at] ?? null) !== null);
  return changed ? null : segments.map(({ size }, at) => ({ key: found[at]!.key, size }));
}

function problemOf({ md5, size }: NamedSegment, found: FoundSegment | null): string | null {
  if (found === null) return 'there is no such object';
  if (found.segmented) return 'it is made of segments itself';
  if (found.size === 0) return 'it is empty';
  if (size !== null && size !== found.size) return 'it has another size';
  return md5 !== null && md5 !== found.md5 ? 'it has another ETag' : null;
}

function refuse(problems: readonly string[]): void {
  if (problems.length === 0) return;
  const more = problems.length > mostProblems ? [`and ${problems.length - mostProblems} more`] : [];
  const text = [...problems.slice(0, mostProblems), ...more].join('; ');
  throw new Refusal('bad-request', `The manifest can not be used: ${text}.`);
}

/** The md5 of the ETags, one behind the other: what clients compute, too. */
export const etagOf = (segments: readonly Segment[]): string =>
  createHash('md5')
    .update(segments.map(({ md5 }) => md5).join(''))
    .digest('hex');

export const sizeOf = (segments: readonly Segment[]): number => segments.reduce((sum, { size }) => sum + size, 0);

/** As `?multipart-manifest=get` shows it; `raw`: as it would be put. */
export const shownManifest = (segments: readonly Segment[], raw: boolean): object[] =>
  segments.map(({ container, name, md5, size }) =>
    raw
      ? { path: `/${container}/${name}`, etag: md5, size_bytes: size }
      : { name: `/${container}/${name}`, hash: md5, bytes: size, content_type: 'application/octet-stream' },
  );
