import { blobFate } from '../image/blob-fate.js';
import { blobKeyOf } from '../image/blob-key.js';
import { completeUpload } from '../complete-upload/complete-upload.js';
import {
  created,
  digests,
  evolved,
  imageAfter,
  importFailed,
  importStarted,
  KEY,
  noImage,
  refusal,
  staged,
  TASK,
  uploadStarted,
} from '../image/testing/given.js';
import { usageOf } from '../image/usage.js';
import { keysUnderWay } from '../image/under-way.js';
import { reworkImport } from './rework-import.js';

const [first, second] = ['6b0a1c8e-2b1c-4d7e-9d0a-3f1f6a7b8c9d', '7c0a1c8e-2b1c-4d7e-9d0a-3f1f6a7b8c9d'] as const;
const ready = imageAfter(
  created({ disk_format: 'qcow2', container_format: 'ovf' }),
  ...[uploadStarted(), staged(), importStarted('uploading')],
);
const reworked = evolved(ready, reworkImport({ taskId: TASK, attempt: first }, ready));

describe('reworking what lies ready', () => {
  it('receives what comes of it under a fresh key, and keeps what lies ready', () => {
    expect(reworked).toMatchObject({
      ...{ status: 'importing', importedBy: TASK, updated_at: ready.updated_at },
      ...{ upload: { attempt: first, key: blobKeyOf(first) }, staged: { key: KEY, ...digests } },
    });
    expect([KEY, blobKeyOf(first)].map((key) => blobFate(reworked, key))).toEqual(['used', 'used']);
    expect(keysUnderWay(reworked)).toEqual([blobKeyOf(first), KEY]);
    expect(usageOf(reworked)).toEqual(usageOf(ready));
  });

  it('begins anew under another key, and what an earlier run wrote is left behind', () => {
    const again = evolved(reworked, reworkImport({ taskId: TASK, attempt: second }, reworked));
    expect(again.staged?.key).toBe(KEY);
    expect(blobFate(again, blobKeyOf(first))).toBe('left behind');
    expect(() => completeUpload({ attempt: first, ...digests }, again)).toThrow(refusal('attempt-superseded'));
  });

  it('makes the image of the format that it was converted to', () => {
    const events = completeUpload({ attempt: first, ...digests, size: 99, disk_format: 'raw' }, reworked);
    expect(events.map(({ type }) => type)).toEqual([
      ...['ImageContainerFormatChanged', 'ImageDiskFormatChanged', 'ImageActivated'],
    ]);
    const active = evolved(reworked, events);
    expect(active).toMatchObject({
      ...{ status: 'active', disk_format: 'raw', container_format: 'bare', staged: null, upload: null },
      data: { key: blobKeyOf(first), size: 99 },
    });
    expect(blobFate(active, KEY)).toBe('left behind');
    expect(completeUpload({ attempt: first, ...digests, disk_format: 'raw' }, active)).toEqual([]);
  });

  it('leaves the formats as they are where nothing was converted', () => {
    expect(completeUpload({ attempt: first, ...digests }, reworked)).toHaveLength(1);
  });

  it('comes to nothing with its import', () => {
    const failed = evolved(reworked, [importFailed('x')]);
    expect([KEY, blobKeyOf(first)].map((key) => blobFate(failed, key))).toEqual(['left behind', 'left behind']);
  });

  it('given that the task does not own the image, or nothing lies ready, then it is told so', () => {
    for (const state of [
      noImage,
      imageAfter(created(), uploadStarted(), staged()),
      imageAfter(created(), uploadStarted(), staged(), importStarted('uploading', 'another')),
      imageAfter(created(), importStarted()),
    ]) {
      expect(() => reworkImport({ taskId: TASK, attempt: first }, state)).toThrow(refusal('attempt-superseded'));
    }
  });
});
