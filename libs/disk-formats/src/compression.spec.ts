import { gzipSync, zstdCompressSync } from 'node:zlib';
import { compressionHeadBytes, compressionOf } from './compression.js';

describe('compressed data', () => {
  it('is recognised by its first bytes', () => {
    expect(compressionOf(gzipSync('x').subarray(0, compressionHeadBytes))).toBe('gzip');
    expect(compressionOf(zstdCompressSync('x'))).toBe('zstd');
    expect(compressionOf(Buffer.from('fd377a585a000004', 'hex'))).toBe('xz');
  });

  it.each([
    ['nothing', ''],
    ['a beginning of one', 'fd377a585a'],
    ['qcow2', '514649fb00000003'],
    ['gzip by another method', '1f8b07'],
  ])('is not %s', (_what, hex) => {
    expect(compressionOf(Buffer.from(hex, 'hex'))).toBeNull();
  });
});
