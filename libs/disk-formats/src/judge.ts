import type { Inspection } from './content-inspector.js';
import { problems, type ContentFormat, type Problem } from './finding.js';
import { isFixed } from './vhd.js';

/** What somebody says of the content. */
export interface Claim {
  /** An image's `disk_format`. */
  readonly diskFormat: string;
  /** bytes */
  readonly maxVirtualSize: number;
}

export type Verdict =
  | {
      readonly kind: 'match';
      readonly format: ContentFormat;
      /** bytes; null when it can't be known. */
      readonly virtualSize: number | null;
    }
  | {
      /** Not what it is said to be; or what nobody should open, whatever it is said to be. */
      readonly kind: 'mismatch' | 'dangerous';
      readonly format: ContentFormat;
      /** Null: it is sound, but of another format. */
      readonly problem: Problem | null;
      /** A sentence for whoever sent it. */
      readonly says: string;
    };

/** Disk formats that have a structure of their own. */
const structured = ['qcow2', 'vmdk', 'vhd', 'vhdx', 'vdi', 'iso'];
/** Content that is a disk as it is: nothing in it is about the file. Only these can be `raw`, `ami`, `ari`, `aki`, `ploop`. */
const plain: readonly ContentFormat[] = ['raw', 'gpt', 'mbr', 'iso', 'luks'];

/** Null as long as it can't be told. What can be told early is told early: nobody sends a terabyte to be refused. */
export function judge(inspection: Inspection, claim: Claim): Verdict | null {
  const danger = dangerOf(inspection, claim);
  if (danger) return refused('dangerous', formatOf(inspection), danger);
  if (inspection.undecided && !inspection.whole) return null;
  return structured.includes(claim.diskFormat) ? judgeStructured(inspection, claim) : judgePlain(inspection, claim);
}

function dangerOf({ formats, findings }: Inspection, { maxVirtualSize }: Claim): Problem | null {
  const dangerous = findings.flatMap((finding) => finding.problems).find((problem) => problems[problem].dangerous);
  if (dangerous) return dangerous;
  if (formats.length > 1 && !isHybrid(formats)) return 'several-formats';
  return findings.some(({ virtualSize }) => (virtualSize ?? 0) > maxVirtualSize) ? 'absurd-virtual-size' : null;
}

/** An ISO that also boots from a disk has a partition table in front; it is an ISO. */
const isHybrid = (formats: readonly ContentFormat[]): boolean =>
  formats.length === 2 && formats.includes('iso') && (formats.includes('gpt') || formats.includes('mbr'));

const formatOf = ({ formats }: Inspection): ContentFormat => (isHybrid(formats) ? 'iso' : (formats[0] ?? 'raw'));

function judgeStructured(inspection: Inspection, { diskFormat }: Claim): Verdict | null {
  const format = formatOf(inspection);
  if (format === diskFormat) {
    const finding = inspection.findings.find((one) => one.format === format);
    if (!finding || !inspection.whole) return null;
    const { virtualSize } = finding;
    return finding.problems.includes('malformed')
      ? refused('mismatch', format, 'malformed')
      : { kind: 'match', format, virtualSize: virtualSize ?? inspection.size };
  }
  // A fixed VHD is a disk as it is with a footer behind it.
  if (diskFormat === 'vhd' && plain.includes(format)) {
    if (!inspection.vhd) return null;
    if (isFixed(inspection.vhd)) {
      return { kind: 'match', format: 'vhd', virtualSize: inspection.vhd.footer!.currentSize };
    }
  }
  return other(format, diskFormat);
}

function judgePlain(inspection: Inspection, { diskFormat }: Claim): Verdict | null {
  const format = formatOf(inspection);
  if (!plain.includes(format)) return other(format, diskFormat);
  const finding = inspection.findings.find((one) => one.format === format);
  // A kernel or a file system may have what only looks like a partition table.
  if (diskFormat === 'raw' && finding?.problems.includes('bad-partition-table')) {
    return refused('mismatch', format, 'bad-partition-table');
  }
  if (!inspection.whole) return null;
  return { kind: 'match', format, virtualSize: diskFormat === 'raw' ? inspection.size : null };
}

const other = (format: ContentFormat, diskFormat: string): Verdict => ({
  kind: 'mismatch',
  format,
  problem: null,
  says: `The content is ${format === 'raw' ? 'of no known format' : format} and not the declared ${diskFormat}.`,
});

const refused = (kind: 'mismatch' | 'dangerous', format: ContentFormat, problem: Problem): Verdict => ({
  kind,
  format,
  problem,
  says: `The content is ${format}, and ${problems[problem].says} (${problem}).`,
});
