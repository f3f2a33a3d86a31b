import type { Image } from './image.js';
import { renderImage, renderParts, withUnset } from './render-image.js';

const image: Image = {
  exists: true,
  id: '9C1F3F0E-8d2a-4c3b-9a55-0d1f5a0b7e11',
  status: 'queued',
  owner: 'a',
  name: null,
  visibility: 'shared',
  protected: false,
  os_hidden: false,
  container_format: null,
  disk_format: 'raw',
  min_disk: 1,
  min_ram: 2,
  tags: ['é', '"'],
  properties: new Map([
    ['__proto__', 'x'],
    ['~/.ssh/', 'a"b\n'],
  ]),
  created_at: '2026-11-24T02:03:04.999999Z',
  updated_at: '2026-11-24T02:03:05.000001Z',
  data: null,
  upload: null,
  staged: null,
  importedBy: null,
  cutOff: null,
  lock: null,
  deletion: null,
  deleted_at: null,
  ended: null,
};

describe('an image as JSON', () => {
  it('leaves out what was never set, keeps every property, cuts times to whole seconds', () => {
    const text = renderImage(image, { nullAttributes: 'omit' });
    expect(JSON.parse(text)).toEqual(
      JSON.parse(`{"id":"${image.id}","status":"queued","visibility":"shared","protected":false,"os_hidden":false,
        "min_disk":1,"min_ram":2,"tags":["é","\\""],"created_at":"2026-11-24T02:03:04Z",
        "updated_at":"2026-11-24T02:03:05Z","self":"/v2/images/${image.id}","file":"/v2/images/${image.id}/file",
        "schema":"/v2/schemas/image","owner":"a","disk_format":"raw","__proto__":"x","~/.ssh/":"a\\"b\\n"}`),
    );
    expect(text).toContain('"__proto__":"x"');
  });

  it('says null instead where the site wants that', () => {
    const shown = JSON.parse(renderImage(image, { nullAttributes: 'null' })) as Record<string, unknown>;
    const nulls = Object.keys(shown).filter((name) => shown[name] === null);
    expect(nulls.sort()).toEqual(
      'checksum container_format name os_hash_algo os_hash_value size virtual_size'.split(' '),
    );
  });

  it('shows the stored data, also when it is empty', () => {
    const data = {
      key: null,
      size: 0,
      virtual_size: 0,
      checksum: 'c',
      os_hash_algo: 'sha512',
      os_hash_value: 'h',
    };
    const parts = renderParts({ ...image, name: '', owner: null, container_format: 'bare', data });
    expect(JSON.parse(parts.document)).toMatchObject({
      name: '',
      size: 0,
      virtual_size: 0,
      checksum: 'c',
      os_hash_algo: 'sha512',
      os_hash_value: 'h',
    });
    expect(JSON.parse(withUnset(parts.document, parts.unset))).toHaveProperty('owner', null);
  });
});
