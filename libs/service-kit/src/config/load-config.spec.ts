import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IsBoolean, IsInt, IsString, IsUrl, Max } from 'class-validator';
import { ConfigError, loadConfig } from './load-config.js';
import type { Environment } from './read-setting.js';

class TestConfig {
  @IsUrl({ require_tld: false, protocols: ['postgres'] })
  databaseUrl!: string;

  @IsInt()
  @Max(10)
  poolSize: number = 5;

  @IsBoolean()
  pathStyle: boolean = false;

  @IsString()
  tokenSecretFile: string = 'none';

  @IsString()
  key: string = 'none';

  @IsString()
  keyFile: string = 'none';
}

describe('a configuration', () => {
  const directory = mkdtempSync(join(tmpdir(), 'load-config-'));
  const url = 'postgres://catalog:hunter2@db/catalog';
  const file = (name: string, content: string): string => {
    const path = join(directory, name);
    writeFileSync(path, content);
    return path;
  };
  const load = (env: Environment) => loadConfig(TestConfig, { CLOUD_IMAGES_DATABASE_URL: url, ...env });
  const problemsOf = (env: Environment): readonly string[] => {
    try {
      load(env);
    } catch (error) {
      if (error instanceof ConfigError) return error.problems;
      throw error;
    }
    return [];
  };
  const fromFile = (path: string): Environment => ({
    CLOUD_IMAGES_DATABASE_URL: undefined,
    CLOUD_IMAGES_DATABASE_URL_FILE: path,
  });

  afterAll(() => rmSync(directory, { recursive: true }));

  it('is read by type, and keeps the default of what is unset or empty', () => {
    const config = load({ CLOUD_IMAGES_POOL_SIZE: '7', CLOUD_IMAGES_PATH_STYLE: 'TRUE', CLOUD_IMAGES_KEY: '' });
    expect(config).toEqual({
      databaseUrl: url,
      poolSize: 7,
      pathStyle: true,
      tokenSecretFile: 'none',
      key: 'none',
      keyFile: 'none',
    });
    expect(Object.isFrozen(config)).toBe(true);
  });

  it('takes a value from the file that <name>_FILE names, without the space round it', () => {
    expect(load(fromFile(file('url', `\n${url}\n`))).databaseUrl).toBe(url);
    expect(load({ CLOUD_IMAGES_POOL_SIZE_FILE: file('size', '9\n') }).poolSize).toBe(9);
  });

  it('leaves settings that are paths, and names that are settings, as they are', () => {
    const path = file('token', 'a secret');
    const config = load({
      CLOUD_IMAGES_TOKEN_SECRET_FILE: path,
      CLOUD_IMAGES_TOKEN_SECRET_FILE_FILE: file('other', 'another'),
      CLOUD_IMAGES_KEY: 'mine',
      CLOUD_IMAGES_KEY_FILE: path,
    });
    expect(config).toMatchObject({ tokenSecretFile: path, key: 'mine', keyFile: path });
  });

  it('tells every problem at once', () => {
    expect(
      problemsOf({
        ...fromFile(join(directory, 'missing')),
        CLOUD_IMAGES_POOL_SIZE: 'many',
        CLOUD_IMAGES_PATH_STYLE: 'perhaps',
      }),
    ).toEqual([
      "CLOUD_IMAGES_DATABASE_URL_FILE names a file that can't be read (ENOENT)",
      'CLOUD_IMAGES_POOL_SIZE must be a number',
      'CLOUD_IMAGES_PATH_STYLE must be true or false',
    ]);
  });

  it.each<[string, () => Environment, string]>([
    [
      'a value given twice',
      () => ({ CLOUD_IMAGES_DATABASE_URL_FILE: file('twice', url) }),
      'CLOUD_IMAGES_DATABASE_URL and CLOUD_IMAGES_DATABASE_URL_FILE are both set',
    ],
    ['an empty file', () => fromFile(file('empty', ' \n')), 'CLOUD_IMAGES_DATABASE_URL_FILE names an empty file'],
    [
      'a directory',
      () => fromFile(directory),
      "CLOUD_IMAGES_DATABASE_URL_FILE names a file that can't be read (EISDIR)",
    ],
    [
      'a value in place of a path',
      () => fromFile(url),
      "CLOUD_IMAGES_DATABASE_URL_FILE names a file that can't be read (ENOENT)",
    ],
    ['nothing at all', () => ({ CLOUD_IMAGES_DATABASE_URL: '' }), 'CLOUD_IMAGES_DATABASE_URL is not set'],
    ['a file whose content breaks the rule', () => ({ CLOUD_IMAGES_POOL_SIZE_FILE: file('big', '11') }), 'POOL_SIZE'],
    ['a file with text for a number', () => ({ CLOUD_IMAGES_POOL_SIZE_FILE: file('text', 'hunter2') }), 'a number'],
  ])('refuses %s, naming the variable and never the value', (_, env, problem) => {
    const problems = problemsOf(env());
    expect(problems).toEqual([expect.stringContaining(problem)]);
    expect(problems.join()).not.toMatch(/hunter2|postgres:/);
  });
});
