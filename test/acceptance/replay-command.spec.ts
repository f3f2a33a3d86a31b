// `npm run replay`: every projection rebuilt from the log while the service runs and everybody else goes on.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeImage, share } from './images.ts';
import { people, type Person } from './service.ts';

const program = join(import.meta.dirname, '../../tools/replay.mjs');

interface Told {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const replay = (args: string[] = [], data = process.env['CLOUD_IMAGES_TEST_DATA'] ?? ''): Promise<Told> =>
  new Promise((resolve) => {
    const env = { ...process.env, CLOUD_IMAGES_DATA: data };
    execFile(process.execPath, [program, ...args], { env }, (error, out, err) =>
      resolve({ code: error ? Number(error.code) : 0, out, err }),
    );
  });

describe('npm run replay', () => {
  let demo: Person;
  let alt: Person;

  beforeAll(async () => {
    ({ demo, alt } = await people({ demo: 'demo', alt: 'alt' }));
  });
  afterAll(() => Promise.all([demo.client.close(), alt.client.close()]));

  it('rebuilds, compares and swaps under load, and what was acknowledged shows before, during and after', async () => {
    const mine: string[] = [];
    let running = true;
    const load = async () => {
      while (running) {
        const id = await makeImage(demo, { data: mine.length % 5 === 0 });
        await share(id, demo, alt, 'accepted');
        const { status } = await alt.client.call('GET', `/v2/images/${id}`);
        expect([id, status]).toEqual([id, 200]);
        mine.push(id);
      }
    };
    const tasks = async () => {
      const input = { import_from: 'no/such.vhd', image_properties: { name: 'none' } };
      while (running) {
        const { status, json } = await demo.client.call('POST', '/v2/tasks', { body: { type: 'import', input } });
        expect(status).toBe(201);
        expect((await demo.client.call('GET', `/v2/tasks/${json.id}`)).status).toBe(200);
        await sleep(20);
      }
    };
    const loads = [load(), load(), tasks()];
    const told: Told[] = [];
    try {
      for (const args of [['--verify'], [], []]) told.push(await replay(args));
    } finally {
      running = false;
      await Promise.all(loads);
    }
    for (const { code, out } of told) {
      expect(out).toMatch(/^catalog\n {2}folded \d+ events, \d+ of other services, in /);
      for (const table of ['images', 'visible_images', 'faceted_images', 'sized_images', 'image_members'])
        expect(out).toMatch(new RegExp(`^  ${table}: \\d+ rows, equal$`, 'm'));
      expect(out).toMatch(/^membership\n {2}no projections/m);
      expect(out).toMatch(/^task-worker\n {2}folded \d+ events, 0 of other services, in /m);
      expect(out).toMatch(/^ {2}tasks: [1-9]\d* rows, equal$/m);
      expect(code).toBe(0);
    }
    expect(told[0]?.out).toContain('compared only;');
    expect(told[1]?.out).toContain('swapped;');
    expect(mine.length).toBeGreaterThan(0);
    for (const id of mine) expect((await demo.client.call('GET', `/v2/images/${id}`)).status).toBe(200);
  }, 180_000);

  it.each([
    ['an option that there is not', ['--repair'], undefined, 2, /--repair\nusage/],
    ['a directory on which nothing runs', [], '/nonexistent', 1, /nothing runs on .*npm start/],
  ])('says clearly what is wrong, given %s', async (_what, args, data, code, message) => {
    const told = await replay(args, data);
    expect(told).toMatchObject({ code, out: '' });
    expect(told.err).toMatch(message);
  });
});
