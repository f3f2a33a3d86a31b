import type { ErrorCode } from '@cloud-images/contracts';
import { firstLink, nextLink } from './links.js';
import { parseListQuery } from './list-query.js';

const code = (search: string): ErrorCode | 'taken' => {
  try {
    parseListQuery(search);
    return 'taken';
  } catch (error) {
    return (error as { code: ErrorCode }).code;
  }
};
const order = (search: string) => parseListQuery(search).sort.map(({ key, direction }) => `${key} ${direction}`);

describe('what a list asks for', () => {
  it('given nothing, then a page of 25 of the newest, accepted shares, nothing hidden or deleted', () => {
    expect(parseListQuery('')).toEqual({
      visibility: null,
      memberStatuses: ['accepted'],
      hidden: false,
      living: true,
      removed: false,
      filters: [],
      sort: [
        { key: 'created_at', direction: 'desc' },
        { key: 'id', direction: 'desc' },
      ],
      limit: 25,
      marker: null,
      parameters: [],
    });
  });

  it.each<[string, ErrorCode]>([
    ['limit=x', 'invalid-limit'],
    ['limit=-1', 'invalid-limit'],
    ['limit=', 'invalid-limit'],
    ['limit=1.5', 'invalid-limit'],
    ['limit=1&limit=2', 'invalid-limit'],
    ['marker=x', 'invalid-marker'],
    ['marker=', 'invalid-marker'],
    ['sort_key=colour', 'invalid-sort'],
    ['sort=', 'invalid-sort'],
    ['sort=name:up', 'invalid-sort'],
    ['sort=name:', 'invalid-sort'],
    ['sort=name:asc:desc', 'invalid-sort'],
    ['sort=name&sort_dir=asc', 'invalid-sort'],
    ['sort=name&sort_key=id', 'invalid-sort'],
    ['sort_key=name&sort_dir=up', 'invalid-sort'],
    ['sort_dir=asc&sort_dir=asc', 'invalid-sort'],
    ['sort_key=name&sort_key=id&sort_dir=asc&sort_dir=asc&sort_dir=asc', 'invalid-sort'],
    ['visibility=everyone', 'invalid-filter'],
    ['visibility=', 'invalid-filter'],
    ['visibility=public&visibility=private', 'invalid-filter'],
    ['member_status=maybe', 'invalid-filter'],
    ['os_hidden=yes', 'invalid-filter'],
    ['protected=1', 'invalid-filter'],
    ['size=x', 'invalid-filter'],
    ['size_min=x', 'invalid-filter'],
    ['size_min=-1', 'invalid-filter'],
    ['min_ram_max=1.5', 'invalid-filter'],
    ['note_min=1', 'invalid-filter'],
    ['locations=x', 'invalid-filter'],
    ['name=like:x', 'invalid-filter'],
    ['name=ubuntu:22.04', 'invalid-filter'],
    ['name=in:"a,b', 'invalid-filter'],
    ['name=in:a"b', 'invalid-filter'],
    ['name=in:a,,b', 'invalid-filter'],
    ['created_at=yesterday', 'invalid-filter'],
    ['created_at=gt:', 'invalid-filter'],
    ['created_at=like:2026-01-01', 'invalid-filter'],
    ['created_at=2026-13-01T00:00:00Z', 'invalid-filter'],
    ['created_at=2026-02-30T00:00:00Z', 'invalid-filter'],
    ['changes-since=2026-01-01T00:00:00Z', 'invalid-filter'],
    ['name=%00', 'invalid-filter'],
    ['a%00=b', 'invalid-filter'],
  ])('refuses %s as %s', (search, expected) => expect(code(search)).toBe(expected));

  it('takes 0, caps a limit at 1000', () => {
    expect(parseListQuery('limit=0').limit).toBe(0);
    expect(parseListQuery('limit=100000').limit).toBe(1000);
  });

  it('sorts by what was left open in the last direction given, and ends with the id', () => {
    expect(order('sort=name')).toEqual(['name desc', 'created_at desc', 'id desc']);
    expect(order('sort=name:desc,size:asc')).toEqual(['name desc', 'size asc', 'created_at asc', 'id asc']);
    expect(order('sort=id:asc,name:desc')).toEqual(['id asc']);
    expect(order('sort_key=name&sort_key=size&sort_dir=asc')).toEqual([
      'name asc',
      'size asc',
      'created_at asc',
      'id asc',
    ]);
    expect(order('sort_key=name&sort_key=created_at&sort_dir=asc&sort_dir=desc')).toEqual([
      'name asc',
      'created_at desc',
      'id desc',
    ]);
    expect(order('sort_dir=asc')).toEqual(['created_at asc', 'id asc']);
    expect(order('sort=name:asc,name:desc')).toEqual(['name asc', 'created_at desc', 'id desc']);
  });

  it.each<[string, object]>([
    ['name=a', { kind: 'text', column: 'name', values: ['a'] }],
    ['name=', { kind: 'text', column: 'name', values: [''] }],
    ['name=eq:ubuntu:22.04', { kind: 'text', column: 'name', values: ['ubuntu:22.04'] }],
    ['name=in:a,"b,c"', { kind: 'text', column: 'name', values: ['a', 'b,c'] }],
    [String.raw`name=in:"a\"b",c`, { kind: 'text', column: 'name', values: ['a"b', 'c'] }],
    ['name=in:', { kind: 'text', column: 'name', values: [] }],
    ['id=nope', { kind: 'id', values: [] }],
    ['owner=in:a', { kind: 'owner', value: 'in:a' }],
    ['flavour=in:a', { kind: 'attribute', name: 'flavour', value: 'in:a' }],
    ['is_public=true', { kind: 'attribute', name: 'is_public', value: 'true' }],
    ['__proto__=x', { kind: 'attribute', name: '__proto__', value: 'x' }],
    ['size_min=5', { kind: 'number', column: 'size', operator: '>=', value: '5' }],
    [
      'min_ram=99999999999999999999999',
      { kind: 'number', column: 'min_ram', operator: '=', value: '9223372036854775807' },
    ],
    ['protected=true', { kind: 'protected', value: true }],
  ])('reads %s', (search, filter) => expect(parseListQuery(search).filters).toEqual([filter]));

  it('takes every tag, and no notice of deleted=', () => {
    expect(parseListQuery('tag=a&tag=b&deleted=true').filters).toEqual([
      { kind: 'tag', value: 'a' },
      { kind: 'tag', value: 'b' },
    ]);
  });

  it.each<[string, string | null, string | null]>([
    ['gt:2026-01-01T00:00:01Z', '2026-01-01T00:00:02.000Z', null],
    ['gte:2026-01-01T00:00:01Z', '2026-01-01T00:00:01.000Z', null],
    ['lt:2026-01-01T00:00:01Z', null, '2026-01-01T00:00:01.000Z'],
    ['lte:2026-01-01T00:00:01Z', null, '2026-01-01T00:00:02.000Z'],
    ['gte:2026-01-01T00:00:01.5Z', '2026-01-01T00:00:02.000Z', null],
    ['lte:2026-01-01T00:00:01.5Z', null, '2026-01-01T00:00:02.000Z'],
    ['2026-01-01T00:00:01Z', '2026-01-01T00:00:01.000Z', '2026-01-01T00:00:02.000Z'],
    ['eq:2026-01-01T02:00:01%2B02:00', '2026-01-01T00:00:01.000Z', '2026-01-01T00:00:02.000Z'],
    ['eq:2026-01-01T02:00:01%2B02', '2026-01-01T00:00:01.000Z', '2026-01-01T00:00:02.000Z'],
    ['eq:2026-01-01', '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:01.000Z'],
  ])('reads the time %s as a stretch of shown seconds', (text, from, before) => {
    expect(parseListQuery(`updated_at=${text}`).filters).toEqual([
      { kind: 'time', column: 'updated_at', range: { from, before, outside: false } },
    ]);
  });

  it('given a second that is never shown, then eq matches nothing', () => {
    const [filter] = parseListQuery('created_at=2026-01-01T00:00:01.5Z').filters;
    const range = filter?.kind === 'time' ? filter.range : { from: null, before: null };
    expect(range.from).toBe(range.before);
  });

  it.each<[string, boolean, boolean]>([
    ['', true, false],
    ['status=active', true, false],
    ['status=pending_delete', false, true],
    ['status=in:active,deleted', true, true],
    ['status=nonsense', true, false],
    ['name=deleted', true, false],
  ])('given %j, then living: %s, deleted: %s', (search, living, removed) => {
    expect(parseListQuery(search)).toMatchObject({ living, removed });
  });

  it('keeps every parameter in its links, repeated ones too, but not the old marker', () => {
    const id = '9c1f3f0e-8d2a-4c3b-9a55-0d1f5a0b7e11';
    const query = parseListQuery(`tag=a&tag=b%26c&limit=2&marker=${id}&flavour=%C3%A9+x`);
    expect(firstLink(query)).toBe('/v2/images?tag=a&tag=b%26c&limit=2&flavour=%C3%A9+x');
    expect(nextLink(query, 'new')).toBe('/v2/images?tag=a&tag=b%26c&limit=2&flavour=%C3%A9+x&marker=new');
    expect(firstLink(parseListQuery(''))).toBe('/v2/images');
  });
});
