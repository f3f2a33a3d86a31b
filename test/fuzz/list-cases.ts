import fc from 'fast-check';

const one = (key: string, ...values: string[]) => fc.tuple(fc.constant(key), fc.constantFrom(...values));
const ids = (known: readonly string[]) => fc.constantFrom(...known);
const times = ['2020-01-01T00:00:00Z', '2100-01-01T00:00:00Z'];

/** Filters that must be taken. */
const goodFilter = (known: readonly string[], seen: readonly string[]) =>
  fc.oneof(
    one('visibility', 'public', 'private', 'shared', 'community', 'all'),
    one('member_status', 'accepted', 'pending', 'rejected', 'all'),
    one('os_hidden', 'true', 'false', 'True'),
    one('protected', 'true', 'false'),
    one('name', 'alpha', 'beta', 'n3', 'é', 'eq:alpha', 'in:alpha,beta', 'in:"a,b",n1', 'in:é', "';--"),
    one('status', 'queued', 'active', 'deactivated', 'in:queued,active', 'pending_delete', 'deleted'),
    one('disk_format', 'raw', 'in:raw,qcow2', 'iso', 'nothing'),
    one('container_format', 'bare', 'in:bare,ovf'),
    one('min_ram', '512', '0', '7'),
    one('size', '0', '10', '1000'),
    one('min_ram_min', '64', '513'),
    one('size_max', '0', '10', '999999999999'),
    one('size_min', '1'),
    one('min_disk_max', '1'),
    one('tag', 'red', 'green', 'x y', 'é', 'nothing'),
    one('flavour', 'sweet', 'sour', 'in:sweet', 'nothing'),
    one('key&=', 'v', 'w'),
    one('unknown', 'x'),
    one('__proto__', 'x'),
    fc.tuple(fc.constantFrom('id'), ids(known)),
    fc.tuple(
      fc.constantFrom('created_at', 'updated_at'),
      fc
        .tuple(fc.constantFrom('', 'gt:', 'gte:', 'lt:', 'lte:', 'eq:', 'neq:'), fc.constantFrom(...times, ...seen))
        .map(([operator, time]) => operator + time),
    ),
  );
const badFilter = fc.oneof(
  one('visibility', 'everyone', ''),
  one('member_status', 'maybe'),
  one('os_hidden', '1', 'yes'),
  one('protected', '1', 'no'),
  one('name', 'like:x', 'in:"a', 'in:a"b'),
  one('size_min', 'x', '-', '1.5'),
  one('min_ram_max', 'many'),
  one('note_min', '1'),
  one('created_at', 'gt:yesterday', 'like:2020-01-01T00:00:00Z', 'x', '2020-13-01T00:00:00Z'),
  one('changes-since', '2020-01-01T00:00:00Z'),
  one('limit', '-1', 'x', '1.5', ''),
  one('marker', '11111111-2222-4333-8444-555555555555', 'x'),
  one('sort', 'colour', 'name:up', 'name:asc:desc', ''),
  one('sort_key', 'colour', 'owner'),
);
const key = fc.constantFrom(
  'name',
  'status',
  'container_format',
  'disk_format',
  'size',
  'id',
  'created_at',
  'updated_at',
);
const dir = fc.constantFrom('asc', 'desc');
const sorting = fc.oneof(
  fc.constant([] as [string, string][]),
  fc
    .uniqueArray(fc.tuple(key, fc.option(dir)), { minLength: 1, maxLength: 3, selector: ([name]) => name })
    .map(
      (keys) => [['sort', keys.map(([name, way]) => (way ? `${name}:${way}` : name)).join(',')]] as [string, string][],
    ),
  fc
    .uniqueArray(key, { minLength: 1, maxLength: 3 })
    .chain((keys) =>
      fc
        .oneof(fc.constant(0), fc.constant(1), fc.constant(keys.length))
        .chain((n) =>
          fc
            .array(dir, { minLength: n, maxLength: n })
            .map((dirs) => [
              ...keys.map((name) => ['sort_key', name] as [string, string]),
              ...dirs.map((way) => ['sort_dir', way] as [string, string]),
            ]),
        ),
    ),
);

export const listCase = (known: readonly string[], seenTimes: readonly string[]) =>
  fc
    .record({
      caller: fc.constantFrom('demo', 'alt', 'admin', 'reader'),
      filters: fc.uniqueArray(goodFilter(known, seenTimes), {
        maxLength: 3,
        selector: ([name, value]) => (name === 'tag' ? name + value : name),
      }),
      sort: sorting,
      limit: fc.oneof(fc.constantFrom(null, null, 0, 1, 2, 5, 1000, 100_000), fc.nat({ max: 60 })),
      marker: fc.option(ids(known), { freq: 3 }),
      bad: fc.option(badFilter, { freq: 3 }),
    })
    .map(({ caller, filters, sort, limit, marker, bad }) => ({
      caller: caller as 'demo' | 'alt' | 'admin' | 'reader',
      query: [
        ...filters.filter(([name]) => name !== bad?.[0]),
        ...sort,
        ...(limit === null || bad?.[0] === 'limit' ? [] : [['limit', String(limit)]]),
        ...(marker === null || bad?.[0] === 'marker' ? [] : [['marker', marker]]),
        ...(bad === null ? [] : [bad]),
      ] as [string, string][],
    }));
