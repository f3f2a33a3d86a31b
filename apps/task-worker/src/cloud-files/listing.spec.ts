import { listObjects, nameOf, readListQuery } from './listing.js';
import type { StoredObject } from './objects.query.js';

const bytes = (text: string) => Buffer.from(text);
const names = ['a', 'b/1', 'b/2', 'b/c/3', 'b0', 'ü/x', '\u{1f600}', '\u{ffff}', 'z'].sort((one, other) =>
  Buffer.compare(bytes(one), bytes(other)),
);
const asked: number[] = [];
const objectsFrom =
  (all: readonly string[]) => (page: { from: string; inclusive: boolean; prefix: string; limit: number }) => {
    asked.push(page.limit);
    const after = all.filter((name) => {
      const order = Buffer.compare(bytes(name), bytes(page.from));
      return (page.inclusive ? order >= 0 : order > 0) && name.startsWith(page.prefix);
    });
    return Promise.resolve(after.slice(0, page.limit).map((name) => ({ name }) as StoredObject));
  };
const listed = async (query: Record<string, string>, all = names) =>
  (await listObjects(objectsFrom(all), readListQuery(query, undefined))).map(nameOf);

describe('a list of objects', () => {
  it('is in the order of the bytes of the names, whole', async () => {
    expect(await listed({})).toEqual(names);
  });

  it('groups names at a delimiter, below a prefix', async () => {
    expect(await listed({ delimiter: '/' })).toEqual(['a', 'b/', 'b0', 'z', 'ü/', '\u{ffff}', '\u{1f600}']);
    expect(await listed({ delimiter: '/', prefix: 'b/' })).toEqual(['b/1', 'b/2', 'b/c/']);
    expect(await listed({ prefix: 'b/' })).toEqual(['b/1', 'b/2', 'b/c/3']);
  });

  it('goes on behind a marker, also when that is a group, and stops before an end', async () => {
    expect(await listed({ delimiter: '/', marker: 'b/' })).toEqual(['b0', 'z', 'ü/', '\u{ffff}', '\u{1f600}']);
    expect(await listed({ marker: 'b/2', end_marker: 'z' })).toEqual(['b/c/3', 'b0']);
  });

  it('pages through everything whatever the page, with and without groups', async () => {
    for (const delimiter of ['', '/']) {
      const whole = await listed({ delimiter });
      const paged: string[] = [];
      for (let marker = ''; ; marker = paged.at(-1)!) {
        const page = await listed({ delimiter, marker, limit: '2' });
        paged.push(...page);
        if (page.length < 2) break;
      }
      expect(paged).toEqual(whole);
    }
  });

  it('passes over a large group instead of reading it', async () => {
    const many = Array.from({ length: 5_000 }, (_, at) => `dir/${String(at).padStart(5, '0')}`);
    asked.length = 0;
    expect(await listed({ delimiter: '/' }, [...many, 'end'])).toEqual(['dir/', 'end']);
    expect(asked.length).toBeLessThan(5);
  });

  it.each([{ limit: '10001' }, { limit: '-1' }, { limit: 'x' }, { format: 'xml' }, { prefix: ['a', 'b'] }])(
    'refuses %j',
    (query) => expect(() => readListQuery(query, undefined)).toThrow(expect.objectContaining({ status: 400 })),
  );
});
