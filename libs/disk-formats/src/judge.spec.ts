import { ContentInspector } from './content-inspector.js';
import { judge, type Verdict } from './judge.js';
import { bootSector, qcow2, withBytes } from './testing/headers.js';
import { MAX, verdictOn } from './testing/inspect.js';
import { realImage } from './testing/real-images.js';

const MIB = 1024 ** 2;
const noise = Buffer.from('\xffnothing that anybody knows'.repeat(100), 'latin1');
const kernel = withBytes(bootSector([0x41, 0x83, 1]), 0, 'MZ');
/** A disk with another thing at its beginning. */
const iso = realImage('iso9660.iso');

type Expected = ['match', string, number | null] | ['mismatch' | 'dangerous', string, string | null];
const short = (verdict: Verdict): Expected =>
  verdict.kind === 'match'
    ? ['match', verdict.format, verdict.virtualSize]
    : [verdict.kind, verdict.format, verdict.problem];

describe('what is said of content', () => {
  it.each<[string, Buffer, string, Expected]>([
    ['a qcow2', realImage('v3.qcow2'), 'qcow2', ['match', 'qcow2', MIB]],
    ['a VMDK', realImage('streamOptimized.vmdk'), 'vmdk', ['match', 'vmdk', MIB]],
    ['a dynamic VHD', realImage('dynamic.vhd'), 'vhd', ['match', 'vhd', MIB]],
    ['a fixed VHD', realImage('fixed.vhd'), 'vhd', ['match', 'vhd', MIB]],
    ['a VHDX', realImage('dynamic.vhdx'), 'vhdx', ['match', 'vhdx', MIB]],
    ['a VDI', realImage('dynamic.vdi'), 'vdi', ['match', 'vdi', MIB]],
    ['an ISO', iso, 'iso', ['match', 'iso', iso.length]],
    ['an ISO that boots from a disk', realImage('hybrid.iso'), 'iso', ['match', 'iso', 69_632]],
    ['an ISO with a bad partition table', withBytes(iso, 0, bootSector()), 'iso', ['match', 'iso', iso.length]],

    ['a disk', realImage('disk.raw'), 'raw', ['match', 'mbr', MIB]],
    ['noise', noise, 'raw', ['match', 'raw', noise.length]],
    ['an ISO', iso, 'raw', ['match', 'iso', iso.length]],
    ['an encrypted disk', realImage('luks2.luks'), 'raw', ['match', 'luks', 4096]],
    ['a fixed VHD', realImage('fixed.vhd'), 'raw', ['match', 'mbr', MIB + 512]],
    ['noise', noise, 'ami', ['match', 'raw', null]],
    ['a kernel', kernel, 'aki', ['match', 'mbr', null]],
    ['a disk', realImage('disk.raw'), 'ploop', ['match', 'mbr', null]],

    ['a disk', realImage('disk.raw'), 'qcow2', ['mismatch', 'mbr', null]],
    ['a disk', realImage('disk.raw'), 'vhd', ['mismatch', 'mbr', null]],
    ['noise', noise, 'iso', ['mismatch', 'raw', null]],
    ['noise', noise, 'vmdk', ['mismatch', 'raw', null]],
    ['a VHDX', realImage('dynamic.vhdx'), 'vhd', ['mismatch', 'vhdx', null]],
    ['a fixed VHD that lacks a sector', realImage('fixed.vhd').subarray(512), 'vhd', ['mismatch', 'raw', null]],
    ['a fixed VHD that lacks its footer', realImage('fixed.vhd').subarray(0, -512), 'vhd', ['mismatch', 'mbr', null]],
    ['a VHDX that is damaged', realImage('dynamic.vhdx').subarray(0, MIB), 'vhdx', ['mismatch', 'vhdx', 'malformed']],
    ['a qcow2', realImage('v3.qcow2'), 'raw', ['mismatch', 'qcow2', null]],
    ['a qcow2', realImage('v3.qcow2'), 'aki', ['mismatch', 'qcow2', null]],
    ['a VMDK', realImage('monolithicSparse.vmdk'), 'raw', ['mismatch', 'vmdk', null]],
    ['a disk with a bad partition table', kernel, 'raw', ['mismatch', 'mbr', 'bad-partition-table']],

    ['a qcow2 on a qcow2', realImage('backing-file.qcow2'), 'qcow2', ['dangerous', 'qcow2', 'backing-file']],
    ['a qcow2 on a qcow2', realImage('backing-file.qcow2'), 'raw', ['dangerous', 'qcow2', 'backing-file']],
    ['a qcow2 on a qcow2', realImage('backing-file.qcow2'), 'vhdx', ['dangerous', 'qcow2', 'backing-file']],
    ['a qcow2 with its data elsewhere', realImage('data-file.qcow2'), 'raw', ['dangerous', 'qcow2', 'external-data']],
    ['a descriptor', realImage('monolithicFlat.vmdk'), 'raw', ['dangerous', 'vmdk', 'external-data']],
    ['a QED', realImage('version-1.qed'), 'qcow2', ['dangerous', 'qed', 'banned-format']],
    ['a qcow2 of a PiB', realImage('huge.qcow2'), 'qcow2', ['dangerous', 'qcow2', 'absurd-virtual-size']],
    ['a qcow2 of 2^64 bytes', qcow2({ size: 2n ** 64n - 1n }), 'qcow2', ['dangerous', 'qcow2', 'absurd-virtual-size']],
    ['a qcow2 in an ISO', withBytes(iso, 0, qcow2()), 'iso', ['dangerous', 'qcow2', 'several-formats']],
    ['a qcow2 in an ISO', withBytes(iso, 0, qcow2()), 'qcow2', ['dangerous', 'qcow2', 'several-formats']],
    [
      'a VDI in a boot sector',
      withBytes(realImage('dynamic.vdi'), 510, '\x55\xaa'),
      'vdi',
      ['dangerous', 'vdi', 'several-formats'],
    ],
  ])('given %s, declared as it is in the case', (_title, content, diskFormat, expected) => {
    expect(short(verdictOn(content, diskFormat))).toEqual(expected);
  });

  it('says it in a sentence', () => {
    expect(verdictOn(noise, 'vhd')).toMatchObject({
      says: 'The content is of no known format and not the declared vhd.',
    });
    expect(verdictOn(realImage('backing-file.qcow2'), 'qcow2')).toMatchObject({
      says: 'The content is qcow2, and it refers to a backing file (backing-file).',
    });
  });

  it.each<[string, Buffer, string, boolean]>([
    ['another format at the beginning', realImage('v3.qcow2'), 'raw', true],
    ['noise instead of a format', noise, 'qcow2', true],
    ['a danger', realImage('backing-file.qcow2'), 'qcow2', true],
    ['a disk that may be a fixed VHD', realImage('disk.raw'), 'vhd', false],
    ['a disk', realImage('disk.raw'), 'raw', false],
    ['a sound qcow2', realImage('v3.qcow2'), 'qcow2', false],
    ['text that may be a descriptor', Buffer.from('# '), 'qcow2', false],
  ])('given %s, is known before the end only when the rest can not change it', (_title, content, diskFormat, early) => {
    const inspector = new ContentInspector();
    const repeated = Buffer.concat([content, Buffer.alloc(80_000, content)]);
    inspector.see(repeated.subarray(0, 80_000));
    expect(judge(inspector.soFar, { diskFormat, maxVirtualSize: MAX }) !== null).toBe(early);
  });
});
