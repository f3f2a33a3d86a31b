import { diskType, isChild, isNoId, type VhdFooter, type VhdParts } from './vhd.js';

// Whether a VHD can be imported, as Rackspace's Cloud Images documents it. Clients compare the codes' text.

export const vhdFaults = {
  111: 'the VHD is damaged',
  396: 'not a valid VHD',
  413: 'its virtual size is over the limit',
  523: 'neither a fixed nor a dynamic disk',
  609: 'its physical size is over the limit',
  614: "the disk's unique id is all zeros",
  721: 'it has a parent disk',
} as const;

export type VhdFault = keyof typeof vhdFaults;

/** bytes */
export interface VhdLimits {
  readonly virtualSize: number;
  readonly physicalSize: number;
}

const gibibyte = 1024 ** 3;
export const importLimits: VhdLimits = { virtualSize: 40 * gibibyte, physicalSize: 40 * gibibyte };

const sectorBytes = 512;
const tableEntryBytes = 4;

/** Null when the file can be imported. The first that applies, from what it is to what is in it. */
export function checkVhd(vhd: VhdParts, limits: VhdLimits = importLimits): VhdFault | null {
  const { size, footer } = vhd;
  if (size > limits.physicalSize) return 609;
  if (!footer?.intact) return 396;
  if (isChild(vhd)) return 721;
  if (footer.type !== diskType.fixed && footer.type !== diskType.dynamic) return 523;
  if (isNoId(footer.uniqueId)) return 614;
  if (footer.currentSize > limits.virtualSize) return 413;
  if (footer.type === diskType.fixed) return size === footer.currentSize + sectorBytes ? null : 396;
  return isSound(vhd, footer) ? null : 111;
}

/** A dynamic disk's copy, header and table fit each other, the size and the file. */
function isSound({ size, copy, dynamicHeader }: VhdParts, footer: VhdFooter): boolean {
  if (!copy?.intact || !dynamicHeader?.intact || !sameDisk(copy, footer)) return false;
  const { tableOffset, maxTableEntries, blockSize } = dynamicHeader;
  const blockIsPowerOfTwo = blockSize >= sectorBytes && (blockSize & (blockSize - 1)) === 0;
  return (
    blockIsPowerOfTwo &&
    maxTableEntries * blockSize >= footer.currentSize &&
    tableOffset % sectorBytes === 0 &&
    tableOffset + maxTableEntries * tableEntryBytes <= size - sectorBytes
  );
}

const sameDisk = (a: VhdFooter, b: VhdFooter): boolean =>
  a.type === b.type && a.uniqueId === b.uniqueId && a.currentSize === b.currentSize && a.dataOffset === b.dataOffset;
