import type { Examiner } from './examination.js';

// ISO 9660 (ECMA-119) and UDF (ECMA-167): a sequence of 2 KiB volume descriptors from 32 KiB on, each with an identifier of
// five characters at 1. The primary one (type 1) has the number of blocks at 80 and their size at 128, little-endian first.

const sector = 2048;
const firstDescriptor = 16 * sector;
const sequence = ['CD001', 'BEA01', 'NSR02', 'NSR03', 'TEA01', 'BOOT2', 'CDW02'];
const fileSystems = ['CD001', 'NSR02', 'NSR03'];
const primary = 1;

export const examineIso: Examiner = (head) => {
  let found = false;
  let virtualSize: number | null = null;
  for (let at = firstDescriptor; at + sector <= head.length; at += sector) {
    const id = head.toString('latin1', at + 1, at + 6);
    if (!sequence.includes(id)) break;
    found ||= fileSystems.includes(id);
    if (id === 'CD001' && head[at] === primary) virtualSize ??= volumeSize(head, at);
  }
  return found ? { format: 'iso', virtualSize, problems: [] } : null;
};

const volumeSize = (head: Buffer, at: number): number | null =>
  head.readUInt32LE(at + 80) * head.readUInt16LE(at + 128) || null;
