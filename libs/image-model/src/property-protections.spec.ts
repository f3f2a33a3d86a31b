import { readProtections, unprotected, withoutHidden } from './property-protections.js';

const text = `
# Billing writes, everyone reads.
[^billing_.*]
create = admin, Billing
read = @
update = admin,billing
delete = !

[secret]
create = admin
read = admin
update = admin
delete = admin

[.*]
create = @
read = @
update = @
delete = @
`;

describe('property protections', () => {
  const protections = readProtections(text);

  it.each([
    ['create', 'billing_code', ['billing'], true],
    ['create', 'billing_code', ['member'], false],
    ['read', 'billing_code', [], true],
    ['update', 'billing_code', ['ADMIN'], true],
    ['delete', 'billing_code', ['admin'], false],
    ['read', 'secret', ['member'], false],
    ['read', 'secret_too', ['member'], false],
    ['read', 'a_secret', ['member'], true],
    ['delete', 'anything', ['member'], true],
  ] as const)('%s of %s by %j: %s', (operation, name, roles, allowed) => {
    expect(protections.may(operation, name, roles)).toBe(allowed);
  });

  it('lets the first section that matches decide, and none mean nobody', () => {
    const only = readProtections(
      '[a]\ncreate = @\nread = @\nupdate = @\ndelete = @\n[ab]\ncreate=!\nread=!\nupdate=!\ndelete=!',
    );
    expect(only.may('create', 'ab', ['member'])).toBe(true);
    expect(only.may('read', 'b', ['admin'])).toBe(false);
  });

  it('is off where nothing is said', () => {
    expect(readProtections('\n# nothing\n')).toBe(unprotected);
  });

  it.each(['create = @', '[a', '[a]\nwrite = @', '[a]\ncreate = @', '[(]\ncreate=@\nread=@\nupdate=@\ndelete=@'])(
    'refuses %j',
    (broken) => {
      expect(() => readProtections(broken)).toThrow(expect.objectContaining({ name: 'UnusableProtections' }));
    },
  );

  it('refuses everyone and nobody at once', () => {
    expect(() => readProtections('[a]\ncreate = @,!\nread=@\nupdate=@\ndelete=@')).toThrow(/exclude/);
  });

  it('leaves out of documents what one may not read', () => {
    const documents = '{"id":"1","secret":"x","note":"y"},{"id":"2","__proto__":"z"}';
    const isBase = (name: string) => name === 'id';
    const hide = (roles: string[]) => withoutHidden(documents, isBase, { protections, roles });
    expect(hide(['admin'])).toBe(documents);
    expect(hide(['member'])).toBe('{"id":"1","note":"y"},{"id":"2","__proto__":"z"}');
    expect(withoutHidden(documents, isBase, { protections: unprotected, roles: [] })).toBe(documents);
  });
});
