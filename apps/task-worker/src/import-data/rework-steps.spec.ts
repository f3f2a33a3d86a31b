import { gzipSync } from 'node:zlib';
import { boundOf, decompressedBound, stepsFor } from './rework-steps.js';

const rule = (disk_format: string) => ({ disk_format, check: 'refuse', max_virtual_size: 1 }) as const;
const zipped = gzipSync('x').subarray(0, 6);
const plain = Buffer.from('QFI\xfb\0\0', 'latin1');
const off = { decompress: false, convert_to: null };
const all = { decompress: true, convert_to: 'raw' } as const;

describe('what an import does with its data', () => {
  it.each([
    ['nothing, unless a site wants it', rule('qcow2'), off, zipped, null],
    ['nothing in containers that nobody looks into', null, all, zipped, null],
    ['nothing with what is as it shall be', rule('raw'), all, plain, null],
    ['nothing with formats that are no disks', rule('iso'), all, plain, null],
    ['one after the other', rule('qcow2'), all, zipped, { compression: 'gzip', convertTo: 'raw' }],
    ['decompressing alone', rule('raw'), all, zipped, { compression: 'gzip', convertTo: null }],
    ['decompressing what is no disk', rule('iso'), all, zipped, { compression: 'gzip', convertTo: null }],
    ['converting alone', rule('vhd'), all, plain, { compression: null, convertTo: 'raw' }],
    ['no decompressing that a site does not want', rule('raw'), { ...all, decompress: false }, zipped, null],
  ] as const)('is %s', (_what, content, options, head, steps) => {
    expect(stepsFor(content, options, head)).toEqual(steps);
  });
});

describe('how large decompressed data may be', () => {
  it('is the lesser of what an image may be and a multiple of what was sent', () => {
    expect(decompressedBound(10, 1_000, 50_000)).toMatchObject({ bytes: 10_000 });
    expect(decompressedBound(10, 1_000, 50_000).beyond()).toMatchObject({ name: 'TaskFailure' });
    expect(decompressedBound(100, 1_000, 50_000)).toMatchObject({ bytes: 50_000 });
    expect(boundOf(50_000).beyond()).toMatchObject({ code: 'image-too-large' });
  });
});
