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
  entry: LedgerEntry;
  /** hex */
  leaf_hash: string;
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

/** An event that was never sealed, of a stream of its own. */
export function forged(random: SeededRandom, position: number): LedgerEntry {
  const image = uuid(random);
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
    data: { image_id: image, from: null, to: 'queued', owner: uuid(random), name: `image ${position}`, tags: [] },
  };
}

/** As many events of as many images as there would be, with a checkpoint now and then and one at the end. */
export function sealLedger(count: number, random: SeededRandom, everyAbout = 200): SealedLedger {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const id = uuid(random);
  const edge = Frontier.empty();
  const rows: Row[] = [];
  const checkpoints: Checkpoint[] = [];
  const streams: { stream: string; version: number; image: string }[] = [];
  for (let position = 0; position < count; position += 1) {
    const fresh = forged(random, position);
    const known = streams.length > 0 && random.int(0, 3) > 0 ? streams[random.int(0, streams.length - 1)] : undefined;
    if (known) known.version += 1;
    else streams.push({ stream: fresh.stream, version: 1, image: fresh.stream.slice(6) });
    const entry: LedgerEntry = known
      ? {
          ...fresh,
          type: 'ImageRenamed',
          stream: known.stream,
          version: known.version,
          data: { image_id: known.image, from: 'a', to: `b${position}` },
        }
      : fresh;
    rows.push(rowOf(entry));
    edge.append(Buffer.from((rows.at(-1) as Row).leaf_hash, 'hex'));
    if (position + 1 < count && random.int(1, everyAbout) > 1) continue;
    const previous = checkpoints.at(-1);
    const body = {
      ledger: id,
      size: edge.size,
      root: edge.root().toString('hex'),
      time: entry.time,
      previous: previous ? checkpointDigest(previous) : null,
      key_id: keyId(publicKey),
    };
    checkpoints.push(signCheckpoint(body, privateKey));
  }
  return { id, rows, checkpoints, keys: [publishedKey(publicKey, null)] };
}

/** What the service would export of these rows, from its database as it is then. */
export function exportOf(ledger: SealedLedger, rows: readonly Row[], from = 0, to = rows.length): string[] {
  const checkpoint = ledger.checkpoints.find(({ size }) => size >= to) ?? ledger.checkpoints.at(-1) ?? null;
  const behind = Math.min(Math.max(checkpoint?.size ?? to, to), rows.length);
  const hashes = rows.map(({ leaf_hash }) => Buffer.from(leaf_hash, 'hex'));
  const hex = (start: number, end: number): string[] =>
    subtreesOf({ start, end }).map(({ level, index }) => {
      const part = Frontier.empty();
      for (const hash of hashes.slice(index * 2 ** level, (index + 1) * 2 ** level)) part.append(hash);
      return part.root().toString('hex');
    });
  const covering = checkpoint !== null && checkpoint.size > behind ? null : checkpoint;
  const head = {
    version: 1,
    ledger: ledger.id,
    from,
    to,
    whole: true,
    before: hex(0, from),
    after: hex(to, behind),
    checkpoint: covering,
  };
  return [
    canonicalJson({ export: head }),
    ...rows.slice(from, to).map((row) => canonicalJson(row)),
    canonicalJson({ end: { events: to - from } }),
  ];
}
