import { randomBytes } from 'node:crypto';
import { ContentInspector } from './content-inspector.js';
import type { ContentFormat, Problem } from './finding.js';
import { findingIn, inspect } from './testing/inspect.js';
import { realImage } from './testing/real-images.js';

const MIB = 1024 ** 2;
const real: readonly [name: string, format: ContentFormat | null, virtualSize: number | null, ...Problem[]][] = [
  ['v2.qcow2', 'qcow2', MIB],
  ['v3.qcow2', 'qcow2', MIB],
  ['extended-l2.qcow2', 'qcow2', MIB],
  ['huge.qcow2', 'qcow2', 1024 ** 5],
  ['version-1.qcow2', 'qcow2', MIB, 'unknown-version'],
  ['backing-file.qcow2', 'qcow2', MIB, 'backing-file'],
  ['data-file.qcow2', 'qcow2', MIB, 'external-data'],
  ['version-1.qed', 'qed', null, 'banned-format'],
  ['monolithicSparse.vmdk', 'vmdk', MIB],
  ['streamOptimized.vmdk', 'vmdk', MIB],
  ['monolithicFlat.vmdk', 'vmdk', null, 'external-data', 'unsafe-subformat'],
  ['twoGbMaxExtentSparse.vmdk', 'vmdk', null, 'external-data', 'unsafe-subformat'],
  ['twoGbMaxExtentSparse-s001.vmdk', 'vmdk', MIB, 'bad-descriptor'],
  ['dynamic.vhd', 'vhd', MIB],
  ['dynamic.vhdx', 'vhdx', MIB],
  ['fixed.vhdx', 'vhdx', MIB],
  ['dynamic.vdi', 'vdi', MIB],
  ['static.vdi', 'vdi', MIB],
  ['iso9660.iso', 'iso', 372_736],
  ['udf-bridge.iso', 'iso', 858_112],
  ['luks1.luks', 'luks', null],
  ['luks2.luks', 'luks', null],
  ['disk.raw', 'mbr', null],
  ['fixed.vhd', 'mbr', null],
];

describe('content', () => {
  it.each(real)('of %s is recognised as %p with %p bytes', (name, format, virtualSize, ...problems) => {
    const finding = findingIn(realImage(name));
    expect(finding).toMatchObject({ format, virtualSize });
    expect([...new Set(finding!.problems)]).toEqual(problems);
  });

  it.each([
    ['hybrid.iso', ['iso', 'mbr']],
    ['hybrid-gpt.iso', ['iso', 'gpt']],
  ])('of %s, which boots from a disk as well, is both', (name, formats) => {
    expect(inspect(realImage(name)).formats).toEqual(formats);
  });

  it.each(real.map(([name]) => name))('of %s is the same however it is cut', (name) => {
    const content = realImage(name);
    const whole = inspect(content, content.length);
    expect(whole.whole).toBe(true);
    for (const chunkBytes of [511, 4096, 65_537, 71_680, 300_001]) {
      expect(inspect(content, chunkBytes)).toEqual(whole);
    }
  });

  it('byte by byte is the same too, at a cost that is linear', () => {
    const content = realImage('streamOptimized.vmdk');
    const begin = performance.now();
    expect(inspect(content, 1)).toEqual(inspect(content));
    expect(performance.now() - begin).toBeLessThan(2_000);
  });

  it('of nothing at all is of no format', () => {
    expect(inspect(Buffer.alloc(0))).toMatchObject({
      size: 0,
      whole: true,
      formats: [],
      findings: [],
      undecided: false,
    });
  });

  it('that ends anywhere in a header is judged by what there is', () => {
    for (const [name] of real) {
      const content = realImage(name);
      for (const length of [1, 4, 5, 8, 63, 71, 103, 511, 513, 1535, 32_774, 70_000, 200_000]) {
        expect(inspect(content.subarray(0, length)).size).toBe(Math.min(length, content.length));
      }
    }
  });

  it('that is noise behind any signature never makes it throw', () => {
    const signatures = ['QFI\xfb', 'QED\0', 'KDMV', 'COWD', 'conectix', 'vhdxfile', 'LUKS\xba\xbe', '# Disk', ''];
    for (let nth = 0; nth < 400; nth += 1) {
      const content = randomBytes(400 * 1024);
      content.write(signatures[nth % signatures.length]!, 'latin1');
      if (nth % 3 === 0) content.write('regi', 192 * 1024);
      expect(inspect(content).whole).toBe(true);
    }
  });

  it('is told as early as it is known', () => {
    const inspector = new ContentInspector();
    const content = realImage('backing-file.qcow2');
    expect(inspector.see(content.subarray(0, 71_679))).toBe(false);
    expect(inspector.soFar).toMatchObject({ formats: [], undecided: true, whole: false });
    expect(inspector.see(content.subarray(71_679, 71_680))).toBe(true);
    expect(inspector.soFar).toMatchObject({ formats: ['qcow2'], undecided: false, whole: false });
    expect(inspector.see(content.subarray(71_680))).toBe(false);
  });
});
