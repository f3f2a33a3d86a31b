import { exportable, objectExists, readExport } from './export-image.js';

const digests = { checksum: 'm', os_hash_algo: 'sha512', os_hash_value: 's' };
const image = {
  ...{ image_id: 'I', owner: 'demo', status: 'active', disk_format: 'qcow2', container_format: 'bare' },
  locator: { image_id: 'i', key: 'k', size: 5, ...digests },
};

describe('an export', () => {
  it.each(['a/b', 'a?b', 'a.b'])('into a container %j fails', (receiving_swift_container) => {
    expect(() => readExport({ image_uuid: 'i', receiving_swift_container })).toThrow('Invalid container name');
  });

  it('of an active image of the project can be tried', () => {
    expect(exportable(image, 'demo')).toEqual({
      ...{ imageId: 'I', format: 'qcow2' },
      data: { key: 'k', size: 5, checksum: 'm', sha512: 's' },
    });
  });

  it.each<[string, Partial<typeof image> | { locator: null }, string]>([
    ['of another project', { owner: 'alt' }, 'Only the owner of an image can export it.'],
    ['that is deactivated', { status: 'deactivated' }, 'An image that is deactivated can not be exported.'],
    ['without data', { locator: null }, 'The image has no data.'],
    ['in an OVA', { container_format: 'ova' }, "Images in a container of format 'ova' can not be exported."],
    ['that is a kernel', { disk_format: 'aki' }, "Images of disk format 'aki' can not be exported."],
  ])('of an image %s fails', (_what, but, says) => {
    expect(() => exportable({ ...image, ...but }, 'demo')).toThrow(says);
  });

  it('says that the object is there in the words that clients know', () => {
    expect(objectExists('u', 'exports').message).toBe(
      "Swift already has an object with id 'u.vhd' in container 'exports'",
    );
  });
});
