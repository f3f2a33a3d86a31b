// `npm run dead-letters`: what no service could take, told while the service runs.
import { execFile } from 'node:child_process';
import { join } from 'node:path';

const program = join(import.meta.dirname, '../../tools/dead-letters.mjs');

const deadLetters = (args: string[], data = process.env['CLOUD_IMAGES_TEST_DATA'] ?? '') =>
  new Promise<{ code: number; out: string; err: string }>((resolve) => {
    const env = { ...process.env, CLOUD_IMAGES_DATA: data };
    execFile(process.execPath, [program, ...args], { env }, (error, out, err) =>
      resolve({ code: error ? Number(error.code) : 0, out, err }),
    );
  });

describe('npm run dead-letters', () => {
  it('given that every service took everything, then there is none to list', async () => {
    expect(await deadLetters(['list'])).toEqual({ code: 0, out: '0 dead letters\n', err: '' });
  });

  it('given none, then there is none to replay', async () => {
    const { code, out } = await deadLetters(['replay', '--group', 'catalog', '--key', 'some image']);
    expect(code).toBe(0);
    expect(out).toContain('0 dead letters will be delivered again');
  });

  it('says how it is used', async () => {
    const { code, out } = await deadLetters(['drop']);
    expect(code).toBe(2);
    expect(out).toContain('usage: npm run dead-letters');
  });

  it('says so where nothing runs', async () => {
    const { code, err } = await deadLetters(['list'], '/nonexistent');
    expect(code).toBe(1);
    expect(err).toMatch(/nothing runs on .*npm start/);
  });
});
