import {
  ATTEMPT,
  created,
  deactivated,
  imageAfter,
  killed,
  refusal,
  uploaded,
  uploadStarted,
} from '../image/testing/given.js';
import { contentRule } from '../image/content-rule.js';
import { assertDeclaredSize, beginUpload } from './begin-upload.js';

describe('beginning an upload', () => {
  it('given a queued image with both formats, then the attempt owns it, under a key of its own', () => {
    expect(beginUpload(ATTEMPT, null, imageAfter(created()))).toEqual([uploadStarted()]);
    const [announced] = beginUpload(ATTEMPT, 7, imageAfter(created()));
    expect(announced?.data).toMatchObject({ declared_size: 7 });
  });

  it.each([
    ['an upload under way', [uploadStarted()]],
    ['data', uploaded()],
    ['a deactivated image', [...uploaded(), deactivated()]],
    ['a killed image', [uploadStarted(), killed()]],
  ])('given %s, then it is refused', (_case, events) => {
    expect(() => beginUpload(ATTEMPT, null, imageAfter(created(), ...events))).toThrow(refusal('status-conflict'));
  });

  it.each([{ disk_format: null }, { container_format: null }])('given %j, then the formats are missing', (formats) => {
    expect(() => beginUpload(ATTEMPT, null, imageAfter(created(formats)))).toThrow(refusal('formats-required'));
  });

  it('refuses a length over the limit before a byte is read, and no other', () => {
    expect(() => assertDeclaredSize(11, 10)).toThrow(refusal('image-too-large'));
    for (const size of [null, 0, 10]) expect(() => assertDeclaredSize(size, 10)).not.toThrow();
  });

  const limits = { contentCheck: 'refuse', maxVirtualBytes: 100 } as const;

  it.each(['bare', 'ovf'])('says what the data must be in a container that is none (%s)', (container_format) => {
    const rule = { disk_format: 'qcow2', check: 'refuse', max_virtual_size: 100 };
    expect(contentRule({ container_format, disk_format: 'qcow2' }, limits)).toEqual(rule);
  });

  it.each(['ova', 'docker', 'compressed', 'ami', 'aki', 'ari', null])(
    'says nothing of the data in another (%s)',
    (container_format) => {
      expect(contentRule({ container_format, disk_format: 'qcow2' }, limits)).toBeNull();
    },
  );
});
