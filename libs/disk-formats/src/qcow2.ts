import { padded, startsWith, u64be } from './bytes.js';
import type { Examiner } from './examination.js';
import type { Problem } from './finding.js';

// QEMU's qcow2, versions 2 and 3 (docs/interop/qcow2 of QEMU). Big-endian: magic, version, offset and size of the name of
// the backing file, cluster bits, virtual size at 24; version 3 has feature bits at 72 and its own length at 100. Header
// extensions follow up to the end of the first cluster.

const magic = 'QFI\xfb';
const leastHeader = 72;
const header = 104;
const extension = { end: 0, externalData: 0x44_41_54_41 } as const;
/** dirty, corrupt, external data file, compression type, extended L2 entries */
const knownFeatures = 0b1_1111n;
const externalDataBit = 0b100n;

export const examineQcow2: Examiner = (head) => {
  if (!startsWith(head, magic)) return null;
  const fields = padded(head, header);
  return { format: 'qcow2', virtualSize: u64be(fields, 24), problems: [...problemsOf(fields, head)] };
};

function* problemsOf(fields: Buffer, head: Buffer): Generator<Problem> {
  const version = fields.readUInt32BE(4);
  if (u64be(fields, 8) !== 0) yield 'backing-file';
  if (version !== 2 && version !== 3) return yield 'unknown-version';
  if (head.length < (version === 2 ? leastHeader : header)) yield 'malformed';
  const features = version === 2 ? 0n : fields.readBigUInt64BE(72);
  if ((features & ~knownFeatures) !== 0n) yield 'unknown-features';
  const extensionsAt = version === 2 ? leastHeader : fields.readUInt32BE(100);
  if ((features & externalDataBit) !== 0n || namesExternalData(head, extensionsAt)) yield 'external-data';
}

/** Also without its feature bit: nothing honest has the name of such a file. */
function namesExternalData(head: Buffer, from: number): boolean {
  for (let at = from; at + 8 <= head.length;) {
    const type = head.readUInt32BE(at);
    if (type === extension.end) return false;
    if (type === extension.externalData) return true;
    at += 8 + Math.ceil(head.readUInt32BE(at + 4) / 8) * 8;
  }
  return false;
}
