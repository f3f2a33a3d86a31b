import { findingIn, problemsIn } from './testing/inspect.js';
import { withBytes } from './testing/headers.js';
import { realImage } from './testing/real-images.js';

const vdi = realImage('dynamic.vdi');

describe('a VDI', () => {
  it.each([
    ['with the id of a parent', withBytes(vdi, 424, Buffer.from([1])), ['parent-disk']],
    ['that is a difference', withBytes(vdi, 76, Buffer.from([4])), ['parent-disk']],
    ['that is an undo disk', withBytes(vdi, 76, Buffer.from([3])), ['parent-disk']],
    ['that ends within its header', vdi.subarray(0, 400), ['malformed']],
  ])('%s', (_title, content, problems) => {
    expect(problemsIn(content)).toEqual(problems);
  });

  it('is not what has another signature, or ends before it', () => {
    expect(findingIn(withBytes(vdi, 64, 'x'))).toBeNull();
    expect(findingIn(vdi.subarray(0, 67))).toBeNull();
  });
});

describe('an ISO', () => {
  const iso = realImage('iso9660.iso');
  const descriptor = 32_768;

  it('without a primary descriptor is one of unknown size', () => {
    expect(findingIn(withBytes(iso, descriptor, Buffer.from([2])))).toMatchObject({ format: 'iso', virtualSize: null });
  });

  it('may be UDF alone', () => {
    const udf = Buffer.alloc(100_000);
    ['BEA01', 'NSR03', 'TEA01'].forEach((id, nth) => udf.write(id, descriptor + nth * 2048 + 1));
    expect(findingIn(udf)).toMatchObject({ format: 'iso', virtualSize: null });
    expect(findingIn(withBytes(udf, descriptor + 2049, 'NSR01'))).toBeNull();
  });

  it('is not what ends before its first descriptor does', () => {
    expect(findingIn(iso.subarray(0, descriptor + 2047))).toBeNull();
  });
});

describe('a LUKS volume', () => {
  it('of another version is refused', () => {
    expect(problemsIn(withBytes(realImage('luks1.luks'), 7, Buffer.from([3])))).toEqual(['unknown-version']);
  });
});

describe('a VHD that begins with its footer', () => {
  const vhd = realImage('dynamic.vhd');

  it.each([
    ['of the differencing type', withBytes(vhd, 63, Buffer.from([4])), ['parent-disk']],
    ['with the id of a parent', withBytes(vhd, 552, Buffer.from([7])), ['parent-disk']],
    ['that ends within it', vhd.subarray(0, 511), ['malformed']],
    ['whose header can not be there', withBytes(vhd, 16, Buffer.alloc(8)), []],
  ])('%s', (_title, content, problems) => {
    expect(problemsIn(content)).toEqual(problems);
  });
});
