import { readImport, vhdFailure } from './import-image.js';

describe('an import as it is asked for', () => {
  it.each([
    [
      { import_from: 'c/o', image_properties: { name: 'n' } },
      { container: 'c', object: 'o', name: 'n' },
    ],
    [{ import_from: '/c/a/b.vhd' }, { container: 'c', object: 'a/b.vhd', name: null }],
    [
      { import_from: 'c/o', image_properties: {} },
      { container: 'c', object: 'o', name: null },
    ],
  ])('%j can be tried', (input, request) => {
    expect(readImport(input)).toEqual(request);
  });

  it.each([
    [{ import_from: 'c' }, 'Image not found for import. Possible invalid location'],
    [{ import_from: 'c/' }, 'Image not found for import. Possible invalid location'],
    [{ import_from: '//o' }, 'Image not found for import. Possible invalid location'],
    [{ import_from: 'c/o', image_properties: 'n' }, "'image_properties' must be an object"],
    [{ import_from: 'c/o', image_properties: { name: 1 } }, "Image property 'name' must be a text."],
    [{ import_from: 'c/o', image_properties: { os: 'x' } }, "Image property 'os' is not allowed; only 'name' is."],
  ])('%j fails: %s', (input, says) => {
    expect(() => readImport(input)).toThrow(says);
  });

  it('says the code of a VHD in the words that clients compare', () => {
    expect(vhdFailure(396).message).toBe("Image cannot be imported. Error code: '396'");
  });
});
