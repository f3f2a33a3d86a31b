import { generateKeyPairSync } from 'node:crypto';
import {
  canonicalJson,
  checkpointDigest,
  Frontier,
  hashLeaf,
  keyId,
  publishedKey,
  signCheckpoint,
  subtreesOf,
  type Checkpoint,
  type LedgerEntry,
  type SealingKey,
} from '@cloud-images/ledger';
import type { SeededRandom } from '../support/seeded-random.ts';

/** A row as the ledger's database has it, and so whoever has the database. */
export interface Row {
  readonly entry: LedgerEntry;
  /** hex */
  readonly leaf_hash: string;
}

export interface SealedLedger {
  readonly id: string;
  readonly rows: readonly Row[];
  readonly checkpoints: readonly Checkpoint[];
  readonly keys: readonly SealingKey[];
}

const uuid = (random: SeededRandom): string => {
  const hex = Array.from({ length: 32 }, () => random.int(0, 15).toString(16)).join('');
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, '$1-$2-4$3-8$4-$5');
};

export const rowOf = (entry: LedgerEntry): Row => ({
  entry,
  leaf_hash: hashLeaf(canonicalJson(entry)).toString('hex'),
});

/** What a name may have that a file of lines, or who reads it, may stumble over. */
const oddities = ['', ' größer', ' "quoted" \\', ' 映像 😀', ' one\u2028two\u2029three', ' a\r\nb'];

/** An event that was never sealed, of a stream of its own. */
export function forged(random: SeededRandom, position: number): LedgerEntry {
  const image = uuid(random);
  const name = `image ${position}${random.pick(oddities)}`;
  return {
    position,
    id: uuid(random),
    kind: 'image',
    type: 'ImageCreated',
    schema_version: 1,
    stream: `image-${image}`,
    version: 1,
    log: '11111111-1111-4111-8111-111111111111',
    number: position + 1,
    time: new Date(Date.UTC(2026, 10, 24) + position * 1_000).toISOString().replace('Z', '000Z'),
    actor: { user: uuid(random), project: uuid(random), roles: ['member'], via: 'gateway' },
    request_id: `req-${uuid(random)}`,
    correlation_id: `req-${uuid(random)}`,
    data: { image_id: image, from: null, to: 'queued', owner: uuid(random), name, tags: [] },
  };
}

interface KnownStream {
  readonly stream: string;
  version: number;
  readonly image: string;
}

/** As many images are changed now and then; the others are left alone, so that no ledger is too long to be made. */
const BUSY_IMAGES = 10_000;

/** Seals one event after the other, and keeps of them what the tree and the next ones need. */
export class LedgerMaker {
  readonly id: string;
  readonly keys: readonly SealingKey[];
  readonly checkpoints: Checkpoint[] = [];
  private readonly pair = generateKeyPairSync('ed25519');
  private readonly edge = Frontier.empty();
  private readonly streams: KnownStream[] = [];

  constructor(private readonly random: SeededRandom) {
    this.id = uuid(random);
    this.keys = [publishedKey(this.pair.publicKey, null)];
  }

  /** The next event: of a new image, or of one that there is. */
  next(): Row {
    const { random, streams, edge } = this;
    const fresh = forged(random, edge.size);
    const known = streams.length > 0 && random.int(0, 3) > 0 ? random.pick(streams) : undefined;
    if (known) known.version += 1;
    else this.keep({ stream: fresh.stream, version: 1, image: fresh.stream.slice(6) });
    const row = rowOf(known ? renamed(fresh, known) : fresh);
    edge.append(Buffer.from(row.leaf_hash, 'hex'));
    return row;
  }

  /** Signs a checkpoint of all events so far. */
  sign(time: string): void {
    const { edge, id, pair, checkpoints } = this;
    const previous = checkpoints.at(-1);
    const body = {
      ledger: id,
      size: edge.size,
      root: edge.root().toString('hex'),
      time,
      previous: previous ? checkpointDigest(previous) : null,
      key_id: keyId(pair.publicKey),
    };
    checkpoints.push(signCheckpoint(body, pair.privateKey));
  }

  private keep(stream: KnownStream): void {
    const { streams, random } = this;
    if (streams.length < BUSY_IMAGES) streams.push(stream);
    else streams[random.int(0, BUSY_IMAGES - 1)] = stream;
  }
}

const renamed = (fresh: LedgerEntry, { stream, version, image }: KnownStream): LedgerEntry => ({
  ...fresh,
  type: 'ImageRenamed',
  stream,
  version,
  data: { image_id: image, from: 'a', to: `b${fresh.position}` },
});

/** As many events, with a checkpoint now and then and one at the end. */
export function sealLedger(count: number, random: SeededRandom, everyAbout = 200): SealedLedger {
  const maker = new LedgerMaker(random);
  const rows: Row[] = [];
  while (rows.length < count) {
    const row = maker.next();
    rows.push(row);
    if (rows.length === count || random.int(1, everyAbout) === 1) maker.sign(row.entry.time);
  }
  const { id, checkpoints, keys } = maker;
  return { id, rows, checkpoints, keys };
}

/** What the service would export of these rows, from its database as it is then. */
export function exportOf(ledger: SealedLedger, rows: readonly Row[], from = 0, to = rows.length): string[] {
  const checkpoint = ledger.checkpoints.find(({ size }) => size >= to) ?? ledger.checkpoints.at(-1) ?? null;
  const behind = Math.min(Math.max(checkpoint?.size ?? to, to), rows.length);
  const hex = (start: number, end: number): string[] =>
    subtreesOf({ start, end }).map(({ level, index }) => {
      const part = Frontier.empty();
      const below = rows.slice(index * 2 ** level, (index + 1) * 2 ** level);
      for (const { leaf_hash } of below) part.append(Buffer.from(leaf_hash, 'hex'));
      return part.root().toString('hex');
    });
  const covering = checkpoint !== null && checkpoint.size > behind ? null : checkpoint;
  const range = { from, to, before: hex(0, from), after: hex(to, behind) };
  return [
    headLine(ledger.id, { ...range, checkpoint: covering }),
    ...rows.slice(from, to).map(lineOf),
    endLine(to - from),
  ];
}

interface Range {
  readonly from: number;
  readonly to: number;
  /** hex */
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly checkpoint: Checkpoint | null;
}

/** The first line of an export that leaves nothing out. */
export const headLine = (ledger: string, range: Range): string =>
  canonicalJson({ export: { version: 1, ledger, whole: true, ...range } });

export const endLine = (events: number): string => canonicalJson({ end: { events } });

/** Of rows that were not touched there are thousands of exports. */
const lines = new WeakMap<Row, string>();

export function lineOf(row: Row): string {
  const line = lines.get(row) ?? canonicalJson(row);
  lines.set(row, line);
  return line;
}
