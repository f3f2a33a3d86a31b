import { guid, startsWith, u64le } from './bytes.js';
import type { Examination, Examiner } from './examination.js';
import type { Finding, Problem } from './finding.js';

// Microsoft's VHDX ([MS-VHDX]), little-endian. Two copies of the region table, at 192 and 256 KiB, say where the metadata
// region is; its table says where in the region each item is. A region or item that is required and not known must keep
// everybody from reading the disk.

const kibibyte = 1024;
const tablesAt = 192 * kibibyte;
const tableBytes = 64 * kibibyte;
const entryBytes = 32;
const mostEntries = 2047;
/** Bits of an entry's flags. */
const regionRequired = 0b1;
const itemRequired = 0b100;
const hasParent = 0b10;

const regions = {
  blocks: guid('2DC27766-F623-4200-9D64-115E9BFD4A08'),
  metadata: guid('8B7CA206-4790-4B9A-B8FE-575F050F886E'),
};
const items = {
  fileParameters: guid('CAA16737-FA36-4D43-B3B6-33F0AA44E76B'),
  virtualDiskSize: guid('2FA54224-CD1B-4876-B211-5DBED83BF4B8'),
  diskId: guid('BECA12AB-B2E6-4523-93EF-C309E000C746'),
  logicalSector: guid('8141BF1D-A96F-4709-BA47-F233A8FAAB5F'),
  physicalSector: guid('CDA348C7-445D-4471-9CC9-E9885251C556'),
  parentLocator: guid('A8D35F2D-B30B-454D-ABF7-D3D84834AB0C'),
};

export const examineVhdx: Examiner = (head) =>
  startsWith(head, 'vhdxfile') ? { format: 'vhdx', rest: examination() } : null;

function* examination(): Examination {
  const both = (yield { at: tablesAt, bytes: 2 * tableBytes }).bytes;
  const first = metadataRegion(both.subarray(0, tableBytes));
  const second = metadataRegion(both.subarray(tableBytes));
  const region = first ?? second;
  // Which of two that differ somebody else would go by can't be known.
  if (!region || (first && second && first.at !== second.at)) return damaged();
  const unknownRegion = [first, second].some((one) => one?.unknown);
  const metadata = itemsOf((yield { at: region.at, bytes: tableBytes }).bytes);
  if (!metadata?.fileParameters || !metadata.virtualDiskSize) return damaged();
  const wanted = (['fileParameters', 'virtualDiskSize'] as const)
    .map((name) => ({ name, at: region.at + metadata[name]! }))
    .sort((a, b) => a.at - b.at);
  const values = new Map<string, number>();
  for (const { name, at } of wanted) {
    const { bytes } = yield { at, bytes: 8 };
    if (bytes.length < 8) return damaged();
    values.set(name, name === 'fileParameters' ? bytes.readUInt32LE(4) : u64le(bytes, 0));
  }
  const problems: Problem[] = [];
  if (unknownRegion || metadata.unknown) problems.push('unknown-features');
  if (values.get('fileParameters')! & hasParent || metadata.parentLocator) problems.push('parent-disk');
  return { format: 'vhdx', virtualSize: values.get('virtualDiskSize')!, problems };
}

const damaged = (): Finding => ({ format: 'vhdx', virtualSize: null, problems: ['malformed'] });

interface Region {
  readonly at: number;
  /** A region is required that is not known. */
  readonly unknown: boolean;
}

function metadataRegion(table: Buffer): Region | null {
  if (!startsWith(table, 'regi')) return null;
  let at: number | null = null;
  let unknown = false;
  for (const entry of entriesOf(table, 16, table.length < 12 ? 0 : table.readUInt32LE(8))) {
    const id = entry.subarray(0, 16);
    if (id.equals(regions.metadata)) at ??= u64le(entry, 16);
    else if (!id.equals(regions.blocks) && entry.readUInt32LE(28) & regionRequired) unknown = true;
  }
  return at === null ? null : { at, unknown };
}

type Items = Partial<Record<keyof typeof items, number>> & { unknown: boolean };

/** Each item's place in the region; null when this is no metadata table. */
function itemsOf(table: Buffer): Items | null {
  if (!startsWith(table, 'metadata')) return null;
  const found: Items = { unknown: false };
  for (const entry of entriesOf(table, 32, table.length < 12 ? 0 : table.readUInt16LE(10))) {
    const name = Object.entries(items).find(([, id]) => id.equals(entry.subarray(0, 16)))?.[0] as keyof typeof items;
    if (name) found[name] ??= entry.readUInt32LE(16);
    else if (entry.readUInt32LE(24) & itemRequired) found.unknown = true;
  }
  return found;
}

function* entriesOf(table: Buffer, from: number, count: number): Generator<Buffer> {
  if (count > mostEntries) return;
  for (let at = from; at + entryBytes <= table.length && at < from + count * entryBytes; at += entryBytes) {
    yield table.subarray(at, at + entryBytes);
  }
}
