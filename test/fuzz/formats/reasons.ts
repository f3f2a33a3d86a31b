import type { Problem } from '@cloud-images/disk-formats';
import type { Examined } from './examine.ts';
import type { OsloVerdict } from './oslo.ts';

export interface Pair {
  readonly diskFormat: string;
  readonly content: Buffer;
  readonly ours: Examined;
  readonly theirs: OsloVerdict;
}

interface Reason {
  readonly id: string;
  readonly says: string;
  readonly applies: (pair: Pair) => boolean;
}

const accepted = ({ ours }: Pair) => ours.verdict.kind === 'match';
const refusedFor = ({ ours }: Pair, ...problems: (Problem | null)[]) =>
  ours.verdict.kind !== 'match' && problems.includes(ours.verdict.problem);
const format = ({ ours }: Pair) => ours.verdict.format;
const structured = ['qcow2', 'vmdk', 'vhd', 'vhdx', 'vdi'];

/** Why we take what oslo.utils (by Glance's rule) refuses, or refuse what it takes. Told in docs/disk-formats.md. */
export const verdictReasons: readonly Reason[] = [
  {
    id: 'fixed-vhd',
    says: 'a fixed VHD has its footer at the end, where oslo.utils does not look',
    applies: (pair) => accepted(pair) && format(pair) === 'vhd' && !pair.theirs.formats.includes('vhd'),
  },
  {
    id: 'extended-l2',
    says: 'feature bit 4 of qcow2 (extended L2 entries, since QEMU 5.2) is known to us',
    applies: (pair) => accepted(pair) && format(pair) === 'qcow2' && pair.theirs.why === 'unknown_features',
  },
  {
    id: 'version-2-has-no-features',
    says: 'in a qcow2 of version 2 the bytes of the feature bits are header extensions',
    applies: (pair) =>
      accepted(pair) &&
      format(pair) === 'qcow2' &&
      pair.theirs.why === 'data_file' &&
      pair.content.readUInt32BE(4) === 2,
  },
  {
    id: 'luks-2',
    says: 'LUKS 2 in a raw disk is as opaque as LUKS 1',
    applies: (pair) => accepted(pair) && format(pair) === 'luks' && pair.theirs.why.includes('version'),
  },
  {
    id: 'fails-inside',
    says: 'oslo.utils fails with an error of its own (struct.error, AttributeError), for which Glance would answer 500',
    applies: (pair) => accepted(pair) && /error$/i.test(pair.theirs.why),
  },
  {
    id: 'short-header',
    says: 'oslo.utils recognises some formats only by 512 bytes (592 for LUKS), we by their signature and what they need',
    applies: (pair) => pair.content.length < 592,
  },
  {
    id: 'raw-is-raw',
    says: 'a disk format of its own is not taken as raw, sound or not; Glance only notes it',
    applies: (pair) => refusedFor(pair, null) && pair.diskFormat === 'raw' && structured.includes(format(pair)),
  },
  {
    id: 'parent',
    says: 'VMDK, VHD, VHDX and VDI can have a parent disk too; oslo.utils looks at qcow2 only',
    applies: (pair) => refusedFor(pair, 'parent-disk'),
  },
  {
    id: 'absurd-size',
    says: 'Glance has no limit on the virtual size',
    applies: (pair) => refusedFor(pair, 'absurd-virtual-size'),
  },
  {
    id: 'damaged',
    says: 'of a VHDX, VHD or VDI oslo.utils asks for the signature alone',
    applies: (pair) => refusedFor(pair, 'malformed'),
  },
  {
    id: 'required-items',
    says: 'a VHDX with a required region or item that is not known must not be opened ([MS-VHDX])',
    applies: (pair) => refusedFor(pair, 'unknown-features') && format(pair) === 'vhdx',
  },
  {
    id: 'footer',
    says: 'the footer of a VMDK must have the size of its header too: readers go by the footer',
    applies: (pair) => refusedFor(pair, 'bad-footer'),
  },
  {
    id: 'esx-extent',
    says: 'an extent of an ESX server ("COWD") is a VMDK to QEMU; oslo.utils does not know it',
    applies: ({ content }) => content.subarray(0, 4).equals(Buffer.from('COWD')),
  },
  {
    id: 'extents',
    says: 'the extent of a sparse VMDK is one, is sparse, and is this file',
    applies: (pair) => refusedFor(pair, 'external-data', 'extent-path', 'unsafe-subformat') && format(pair) === 'vmdk',
  },
  {
    id: 'data-file-named',
    says: 'a qcow2 that names a data file is refused also without the feature bit',
    applies: (pair) => refusedFor(pair, 'external-data') && format(pair) === 'qcow2',
  },
  {
    id: 'bare-descriptor',
    says: 'QEMU knows a descriptor by its version, and by text that zeros fill up; oslo.utils by its kind and by text alone',
    applies: (pair) =>
      pair.ours.inspection.formats.includes('vmdk') !== pair.theirs.formats.includes('vmdk') &&
      !pair.content.subarray(0, 4).equals(Buffer.from('KDMV')),
  },
  {
    id: 'udf-later',
    says: 'we follow the sequence of volume descriptors, oslo.utils looks at the first',
    applies: (pair) => pair.ours.inspection.formats.includes('iso') !== pair.theirs.formats.includes('iso'),
  },
  {
    id: 'plain-as-anything',
    says: 'Glance takes a recognised partition table, ISO or LUKS only as raw or as what it is; ami and its kin are raw to us',
    applies: (pair) => accepted(pair) && ['ami', 'ari', 'aki', 'ploop'].includes(pair.diskFormat),
  },
];

/** Why a content that both take has another virtual size. */
export const sizeReasons: readonly Reason[] = [
  {
    id: 'current-size',
    says: 'the size of a VHD is its current one, not the one that it was made with',
    applies: (pair) => format(pair) === 'vhd',
  },
  {
    id: 'volume-size',
    says: 'an ISO whose primary descriptor is not the first, or says nothing, has the size of the file; Glance says none',
    applies: (pair) => format(pair) === 'iso' && pair.diskFormat === 'iso',
  },
  {
    id: 'vhdx-size',
    says: 'oslo.utils did not find the virtual size of a VHDX',
    applies: (pair) => format(pair) === 'vhdx' && !pair.theirs.virtual_size,
  },
];
