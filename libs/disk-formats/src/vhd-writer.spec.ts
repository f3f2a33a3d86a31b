import { checkVhd } from './vhd-check.js';
import { inspect } from './testing/inspect.js';
import { fixedVhdEnd, fixedVhdSize, geometryOf } from './vhd-writer.js';

const uniqueId = Buffer.from('0123456789abcdef0123456789abcdef', 'hex');
const at = Date.parse('2026-11-24T12:00:00Z');
const vhdOf = (raw: Buffer): Buffer => Buffer.concat([raw, fixedVhdEnd({ size: raw.length, uniqueId, at })]);

describe('a fixed VHD', () => {
  it.each([[512], [513], [1_000_000], [1_048_576]])(
    'of a raw disk of %d bytes is sound, and of whole sectors',
    (size) => {
      const vhd = vhdOf(Buffer.alloc(size, 7));
      expect(vhd.length).toBe(fixedVhdSize(size));
      const inspected = inspect(vhd).vhd!;
      expect(checkVhd(inspected)).toBeNull();
      expect(inspected.footer).toMatchObject({
        ...{ intact: true, version: 0x0001_0000, type: 2, dataOffset: null, uniqueId: uniqueId.toString('hex') },
        currentSize: Math.ceil(size / 512) * 512,
        originalSize: Math.ceil(size / 512) * 512,
      });
      expect(vhd.subarray(0, size).equals(Buffer.alloc(size, 7))).toBe(true);
      expect(vhd.subarray(size, vhd.length - 512).every((byte) => byte === 0)).toBe(true);
    },
  );

  // Worked out by hand from the specification's algorithm, one for each of its branches.
  it.each([
    [1024 ** 2, { cylinders: 30, heads: 4, sectors: 17 }],
    [100 * 1024 ** 2, { cylinders: 1003, heads: 12, sectors: 17 }],
    [200 * 1024 ** 2, { cylinders: 825, heads: 16, sectors: 31 }],
    [1024 ** 3, { cylinders: 2080, heads: 16, sectors: 63 }],
    [127 * 1024 ** 3, { cylinders: 65_278, heads: 16, sectors: 255 }],
    [3000 * 1024 ** 3, { cylinders: 65_535, heads: 16, sectors: 255 }],
  ])('of %d bytes has the geometry of the specification', (size, geometry) => {
    expect(geometryOf(size)).toEqual(geometry);
  });

  it('counts its time from the year 2000', () => {
    expect(fixedVhdEnd({ size: 512, uniqueId, at }).readUInt32BE(24)).toBe((at - Date.UTC(2000, 0, 1)) / 1000);
  });
});
