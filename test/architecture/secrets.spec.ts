import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { passwordsOf } from '../../tools/secrets.mjs';

describe('secrets that are made', () => {
  const directory = mkdtempSync(join(tmpdir(), 'secrets-'));
  afterAll(() => rmSync(directory, { recursive: true }));
  const names = Array.from({ length: 3_000 }, (_, nth) => `role ${nth}`);

  it('can be arguments of programs: none begins like an option', () => {
    const made = passwordsOf(directory, names);
    expect(Object.values(made).filter((text) => !/^[A-Za-z0-9_][\w-]{31}$/.test(text))).toEqual([]);
    expect(new Set(Object.values(made)).size).toBe(names.length);
  });

  it('are the same ever after', () => {
    expect(passwordsOf(directory, names)).toEqual(passwordsOf(directory, names));
  });
});
