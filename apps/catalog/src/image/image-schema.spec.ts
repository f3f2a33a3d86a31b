import { imageSchema, imagesSchema, imageValidator } from './image-schema.js';

const problem = imageValidator({ osDistros: ['debian', 'ubuntu'] });
const parsed = (text: string) => JSON.parse(text) as object;

describe('the image schema', () => {
  it.each<[string, object]>([
    ['nothing', {}],
    ['a name, and null for it', { name: null }],
    ['255 characters', { name: 'é'.repeat(255), tags: ['t'.repeat(255)], ['k'.repeat(255)]: 'v'.repeat(70_000) }],
    ['an id in any case', { id: '9C1F3F0E-8d2a-4c3b-9a55-0d1f5a0b7e11' }],
    ['formats', { container_format: 'bare', disk_format: 'qcow2' }],
    ['formats taken back', { container_format: null, disk_format: null }],
    ['limits', { min_disk: 0, min_ram: 2147483647 }],
    ['any text as property', { note: '\u{1F4BF} "x"', '~/.ssh/': '' }],
    ['a property called __proto__', parsed('{"__proto__":"x"}')],
    ['a distribution of the list', { os_distro: 'debian' }],
  ])('takes %s', (_says, document) => expect(problem(document)).toBeNull());

  it.each<[string, object, RegExp]>([
    ['a name over 255', { name: 'x'.repeat(256) }, /'name'/],
    ['a name of 255 letters that are more characters', { name: 'e\u0301'.repeat(200) }, /'name'/],
    ['a name in four bytes', { name: 'a\u{1F4BF}' }, /'name'/],
    ['a name with NUL', { name: 'a\0' }, /'name'/],
    ['a tag with half a character', { tags: ['\ud83d'] }, /'tags'/],
    ['a tag over 255', { tags: ['x'.repeat(256)] }, /'tags'/],
    ['a property with NUL', { note: '\0' }, /'note'/],
    ['a number as property', { note: 1 }, /'note'/],
    ['a number as __proto__', parsed('{"__proto__":1}'), /'__proto__'/],
    ['a property name over 255', { ['x'.repeat(256)]: 'x' }, /property name/],
    ['a property name with NUL', { 'a\0': 'x' }, /property name|a/],
    ['an id that is no UUID', { id: 'x' }, /'id'/],
    ['an unknown format', { disk_format: 'floppy' }, /'disk_format'/],
    ['an unknown visibility', { visibility: 'all' }, /'visibility'/],
    ['a negative min_disk', { min_disk: -1 }, /'min_disk'/],
    ['min_ram over 2147483647', { min_ram: 2147483648 }, /^Attribute 'min_ram' must be at most 2147483647\.$/],
    ['a fraction', { min_ram: 1.5 }, /'min_ram'/],
    ['text for a boolean', { protected: 'true' }, /'protected'/],
    ['null for a boolean', { os_hidden: null }, /'os_hidden'/],
    ['null for a property', { note: null }, /'note'/],
    ['a distribution in capitals', { os_distro: 'Debian' }, /'os_distro'/],
  ])('refuses %s', (_says, document, says) => expect(problem(document)).toMatch(says));

  it('takes any distribution where the site wants that', () => {
    expect(imageValidator({ osDistros: 'any' })({ os_distro: 'Plan 9' })).toBeNull();
  });

  it('says which attributes are base ones and which are read-only, as clients ask for it', () => {
    const { properties, additionalProperties } = imageSchema({ osDistros: 'any' });
    expect(additionalProperties).toMatchObject({ type: 'string' });
    const readOnly = Object.entries(properties).filter(([, schema]) => 'readOnly' in schema);
    expect(readOnly.map(([name]) => name).sort()).toEqual(
      'checksum created_at file os_hash_algo os_hash_value schema self size standard status updated_at virtual_size'.split(
        ' ',
      ),
    );
    expect(properties['os_distro']).toMatchObject({ is_base: false });
    expect(properties['end_of_life']).toMatchObject({ is_base: false });
    expect(imagesSchema({ osDistros: 'any' })).toMatchObject({ properties: { images: { type: 'array' } } });
  });
});
