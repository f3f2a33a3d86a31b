import type { Identity } from '@cloud-images/contracts';
import { readImportRequest, requestImport } from './import-data.js';

const caller: Identity = { user: 'u', project: 'p', roles: ['member'], via: 'gateway', source: 'embedded' };
const read = (method: unknown, more: object = {}) => readImportRequest({ method, ...more }, 'i');

describe('a request to import data', () => {
  it('says by which method, and from where', () => {
    expect(read({ name: 'glance-direct' })).toEqual({ image_id: 'i', method: 'glance-direct' });
    expect(read({ name: 'web-download', uri: 'http://x/' }, { all_stores: false })).toEqual({
      ...{ image_id: 'i', method: 'web-download', uri: 'http://x/' },
    });
  });

  it.each([
    [undefined, {}, 'invalid-body'],
    ['glance-direct', {}, 'invalid-body'],
    [[], {}, 'invalid-body'],
    [{ name: 'web-download' }, {}, 'invalid-body'],
    [{ name: 'web-download', uri: 7 }, {}, 'invalid-body'],
    [{ name: 'glance-download' }, {}, 'invalid-body'],
    [{ name: 'glance-direct' }, { stores: ['a'] }, 'invalid-body'],
    [{ name: 'glance-direct' }, { all_stores: true }, 'invalid-body'],
    [{ name: 'copy-image' }, {}, 'not-offered'],
  ])('is refused as %j with %j: %s', (method, more, code) => {
    expect(() => read(method, more)).toThrow(expect.objectContaining({ code }));
  });

  it('becomes a task of its project, and of nobody else', () => {
    const request = { id: 't', input: read({ name: 'glance-direct' }), caller };
    expect(requestImport(request, { exists: false })).toMatchObject([
      { type: 'TaskRequested', data: { task_type: 'api_image_import', owner: 'p', input: { image_id: 'i' } } },
    ]);
    for (const other of [
      { ...caller, project: null },
      { ...caller, source: 'service' as const },
    ]) {
      expect(() => requestImport({ ...request, caller: other }, { exists: false })).toThrow(
        expect.objectContaining({ code: 'forbidden' }),
      );
    }
  });
});
