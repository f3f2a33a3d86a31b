import type { Problem } from './finding.js';
import { findingIn, problemsIn } from './testing/inspect.js';
import { goodDescriptor, sparseHeader, vmdk, vmdkFooter, withBytes, type VmdkFields } from './testing/headers.js';
import { realImage } from './testing/real-images.js';

const said = (from: string | RegExp, to: string): VmdkFields => ({ descriptor: goodDescriptor.replace(from, to) });
const extent = 'RW 2048 SPARSE "disk.vmdk"';

describe('a sparse VMDK', () => {
  it.each<[string, VmdkFields, Problem[]]>([
    ['is sound', {}, []],
    ['with lines of Windows is sound', { descriptor: goodDescriptor.replaceAll('\n', '\r\n') }, []],
    ['that is stream-optimized in capitals is sound', said('monolithicSparse', 'STREAMOPTIMIZED'), []],
    ['of version 4', { version: 4 }, ['unknown-version']],
    ['with its descriptor elsewhere', { descriptorAt: 2n }, ['bad-descriptor']],
    ['with no descriptor', { descriptorSectors: 0n }, ['bad-descriptor']],
    ['with a descriptor beyond its end', { descriptorSectors: 1n << 60n }, ['bad-descriptor']],
    ['without a kind', said(/createType.*\n/, ''), ['bad-descriptor']],
    ['of a kind whose end is missing', said('monolithicSparse"', 'x'.repeat(100)), ['bad-descriptor']],
    ['of a flat kind', said('monolithicSparse', 'monolithicFlat'), ['unsafe-subformat']],
    ['of two kinds', said('version=1', 'createType="monolithicSparse"'), ['unsafe-subformat']],
    ['without an extent', said(extent, ''), ['bad-descriptor']],
    ['with another extent', said(extent, `${extent}\nRW 1 SPARSE "other.vmdk"`), ['external-data']],
    ['with a flat extent', said('SPARSE', 'FLAT'), ['external-data']],
    ['with an absolute path', said('"disk.vmdk"', '"/etc/passwd"'), ['extent-path']],
    ['with a path of Windows', said('"disk.vmdk"', '"..\\\\disk.vmdk"'), ['extent-path']],
    ['with a line that is not understood', said('version=1', 'and now for something else'), ['bad-descriptor']],
    ['with a letter beyond ASCII', said('disk.vmdk', 'd\xfcsk.vmdk'), ['bad-descriptor']],
    ['with a parent', said('version=1', 'parentFileNameHint="base.vmdk"'), ['parent-disk']],
    ['with a parent in a comment', said('version=1', '#parentFileNameHint="base.vmdk"'), ['parent-disk']],
  ])('%s', (_title, fields, problems) => {
    expect(problemsIn(vmdk(fields))).toEqual(problems);
  });

  it('says its size in sectors', () => {
    expect(findingIn(vmdk({ capacity: 3n }))!.virtualSize).toBe(1536);
  });

  describe('with its header at the end', () => {
    const atEnd = { directory: 0xffff_ffff_ffff_ffffn };
    const withFooter = (footer: Buffer) => Buffer.concat([vmdk(atEnd), Buffer.alloc(100_000), footer]);
    const good = sparseHeader({});

    it('is sound when both say the same', () => {
      expect(problemsIn(withFooter(vmdkFooter(good)))).toEqual([]);
    });

    it.each([
      ['no footer', Buffer.alloc(1536)],
      ['a footer that refers to another', vmdkFooter(sparseHeader(atEnd))],
      ['another version', vmdkFooter(sparseHeader({ version: 2 }))],
      ['another size', vmdkFooter(sparseHeader({ capacity: 1n << 40n }))],
      ['another descriptor', vmdkFooter(sparseHeader({ descriptorAt: 9n }))],
      ['a longer descriptor', vmdkFooter(sparseHeader({ descriptorSectors: 21n }))],
      ['another signature', vmdkFooter(withBytes(good, 0, 'COWD'))],
      ['another marker', withBytes(vmdkFooter(good), 12, Buffer.from([2]))],
      ['something in the marker', withBytes(vmdkFooter(good), 511, Buffer.from([1]))],
      ['something behind the footer', withBytes(vmdkFooter(good), 1535, Buffer.from([1]))],
      ['an end of stream with data', withBytes(vmdkFooter(good), 1024, Buffer.from([1]))],
    ])('and %s is refused', (_title, footer) => {
      expect(problemsIn(withFooter(footer))).toEqual(['bad-footer']);
    });
  });
});

describe('a VMDK that is a descriptor alone', () => {
  it.each([
    ['as QEMU writes it', realImage('monolithicFlat.vmdk')],
    ['of a safe kind', Buffer.from(goodDescriptor)],
    ['after a megabyte of comments', Buffer.from(`${'# x\n'.repeat(200_000)}createType="vmfs"\n`)],
    ['without a kind', Buffer.from('# comment\n\nversion=1\n')],
  ])('%s refers to other files', (_title, content) => {
    expect(problemsIn(content)).toContain('external-data');
  });

  it.each([
    ['prose', Buffer.from('To whom it may concern:\nversion=1\n')],
    ['a script', Buffer.from('#!/bin/sh\necho createType\n')],
    ['text whose kind comes after it', Buffer.from(`${'# x\n'.repeat(300_000)}createType="vmfs"\n`)],
  ])('is not what %s is', (_title, content) => {
    expect(findingIn(content)).toBeNull();
  });
});

it('an extent of an ESX server is refused', () => {
  expect(problemsIn(Buffer.concat([Buffer.from('COWD'), Buffer.alloc(2048)]))).toEqual(['unsafe-subformat']);
});
