import { completeUpload } from '../complete-upload/complete-upload.js';
import {
  ATTEMPT,
  created,
  digests,
  evolved,
  imageAfter,
  importFailed,
  importStarted,
  KEY,
  refusal,
  staged,
  TASK,
  uploaded,
  uploadStarted,
} from '../image/testing/given.js';
import { assertImportable, beginImport, isDone } from './begin-import.js';

const download = { taskId: TASK, method: 'web-download', attempt: ATTEMPT } as const;
const direct = { taskId: TASK, method: 'glance-direct', attempt: 'never-used' } as const;
const queued = imageAfter(created());
const ready = imageAfter(created(), uploadStarted(), staged());

describe('beginning an import', () => {
  it('gives the image to the task: what lies ready keeps its key, what is to be fetched gets a fresh one', () => {
    expect(beginImport(download, queued)).toEqual([importStarted('queued')]);
    expect(beginImport(direct, ready)).toEqual([importStarted('uploading')]);
    expect(evolved(ready, beginImport(direct, ready))).toMatchObject({
      ...{ status: 'importing', importedBy: TASK, staged: digests, upload: { attempt: ATTEMPT, key: KEY } },
    });
  });

  it('is harmless to repeat, and goes on with what the task has', () => {
    expect(beginImport(download, imageAfter(created(), importStarted()))).toEqual([]);
    const done = imageAfter(created(), importStarted());
    const active = evolved(done, completeUpload({ attempt: ATTEMPT, ...digests }, done));
    expect(active.status).toBe('active');
    expect(beginImport(download, active)).toEqual([]);
    expect([isDone(TASK, active), isDone('another', active), isDone(TASK, done)]).toEqual([true, false, false]);
  });

  it.each([
    ['glance-direct', queued],
    ['web-download', ready],
    ['web-download', imageAfter(created(), uploadStarted())],
    ['web-download', imageAfter(created(), ...uploaded())],
    ['web-download', imageAfter(created(), importStarted('queued', 'another'))],
    ['web-download', imageAfter(created({ disk_format: null }))],
  ] as const)('refuses %s where the image is not as it must be', (method, image) => {
    expect(() => assertImportable(method, image)).toThrow(refusal('status-conflict'));
    expect(() => beginImport({ ...download, method }, image)).toThrow(refusal('status-conflict'));
  });

  it('does not let an upload take what lies ready', () => {
    expect(() => completeUpload({ attempt: ATTEMPT, ...digests }, ready)).toThrow(refusal('attempt-superseded'));
  });

  it('forgets the task when its import failed, and when an upload came after it', () => {
    expect(imageAfter(created(), importStarted(), importFailed('x'))).toMatchObject({
      ...{ status: 'queued', importedBy: null, upload: null, staged: null },
    });
    expect(imageAfter(created(), importStarted(), importFailed('x'), ...uploaded()).importedBy).toBeNull();
  });
});
