// `npm run events`: what happened to an image, told while the service runs.
import { execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { makeImage, share } from './images.ts';
import { people, type Person } from './service.ts';

const program = join(import.meta.dirname, '../../tools/events.mjs');

interface Told {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const events = (args: string[], data = process.env['CLOUD_IMAGES_TEST_DATA'] ?? ''): Promise<Told> =>
  new Promise((resolve) => {
    const env = { ...process.env, CLOUD_IMAGES_DATA: data };
    execFile(process.execPath, [program, ...args], { env }, (error, out, err) =>
      resolve({ code: error ? Number(error.code) : 0, out, err }),
    );
  });

describe('npm run events', () => {
  let demo: Person;
  let alt: Person;
  let id: string;

  beforeAll(async () => {
    ({ demo, alt } = await people({ demo: 'demo', alt: 'alt' }));
    id = await makeImage(demo, { data: true, fields: { note: '\u001b[2Jgone\u009b31m' } });
    await share(id, demo, alt, 'accepted');
    await demo.client.call('POST', `/v2/images/${id}/actions/deactivate`);
    await demo.client.call('DELETE', `/v2/images/${id}/members/${alt.projectId}`);
  });

  afterAll(() => Promise.all([demo.client.close(), alt.client.close()]));

  it('tells every status change of image and member in the order of time, with from and to', async () => {
    const { code, out } = await events([`image-${id.toUpperCase()}`, '--json']);
    expect(code).toBe(0);
    const told = JSON.parse(out) as { type: string; recorded_at: string; data: { from: unknown; to: unknown } }[];
    expect(told.map(({ type, data }) => [type, data.from, data.to])).toEqual([
      ['ImageCreated', null, 'queued'],
      ['ImageUploadStarted', 'queued', 'saving'],
      ['ImageActivated', 'saving', 'active'],
      ['MemberAdded', null, 'pending'],
      ['MemberAccepted', 'pending', 'accepted'],
      ['ImageDeactivated', 'active', 'deactivated'],
      ['MemberRemoved', 'accepted', null],
    ]);
    expect(told.map(({ recorded_at }) => recorded_at)).toEqual(told.map(({ recorded_at }) => recorded_at).sort());
  });

  it('says who and why for a person to read', async () => {
    const { code, out } = await events([`image-${id}`]);
    expect(code).toBe(0);
    expect(out).toMatch(/image 2 +ImageUploadStarted +queued → saving\n/);
    const acceptance = /member 2 +MemberAccepted +pending → accepted\n(.*\n)?(.*who.*)\n(.*why.*)\n/.exec(out);
    const [, , who, why] = acceptance ?? [];
    expect(who).toContain(`user ${alt.userId}, project ${alt.projectId}`);
    expect(who).toMatch(/roles .*member.* via gateway$/);
    expect(why).toMatch(/request req-[0-9a-f-]{36}/);
  });

  it('never hands a stored control character to the terminal', async () => {
    const { out } = await events([id]);
    expect(out).toContain('\\u001b[2Jgone\\u009b31m');
    expect(out.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  });

  it.each([
    ['an image that never was', [`image-${randomUUID()}`], 1, /not known here/],
    ['no image', [], 2, /usage/],
    ['what is no id', ['image-7'], 2, /UUID/],
    ['an option that there is not', [`image-${randomUUID()}`, '--xml'], 2, /--xml/],
  ])('says clearly what is wrong, given %s', async (_what, args, code, message) => {
    const told = await events(args);
    expect(told).toMatchObject({ code, out: '' });
    expect(told.err).toMatch(message);
    expect(told.err).not.toMatch(/node:|\.mjs:/);
  });

  it('follows what happens, by type and image, from a position on, and ends when it is told to', async () => {
    const args = ['--follow', id, '--type', 'MemberAdded', '--type', 'ImageRenamed', '--from', '0', '--json'];
    const env = { ...process.env, CLOUD_IMAGES_DATA: process.env['CLOUD_IMAGES_TEST_DATA'] };
    const child = spawn(process.execPath, [program, ...args], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = new Promise((done) => child.once('exit', done));
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const next = async () => JSON.parse((await lines.next()).value as string) as { type: string; stream: string };
    try {
      expect(await next()).toMatchObject({ type: 'MemberAdded', stream: `membership-${id}` });
      await demo.client.patch(await makeImage(demo), [{ op: 'replace', path: '/name', value: 'another' }]);
      await demo.client.patch(id, [{ op: 'replace', path: '/name', value: 'followed' }]);
      expect(await next()).toMatchObject({ type: 'ImageRenamed', stream: `image-${id}`, data: { to: 'followed' } });
    } finally {
      child.kill('SIGTERM');
    }
    expect(await ended).toBe(0);
  });

  it.each([
    ['a filter without --follow', ['--type', 'ImageRenamed', randomUUID()], /--type goes with --follow/],
    ['no position', ['--follow', '--from', 'now'], /--from takes a position/],
  ])('refuses %s', async (_what, args, message) => {
    const told = await events(args);
    expect(told).toMatchObject({ code: 2, out: '' });
    expect(told.err).toMatch(message);
  });

  it('says so where nothing runs', async () => {
    const told = await events([`image-${id}`], '/nonexistent');
    expect(told).toMatchObject({ code: 1, out: '' });
    expect(told.err).toMatch(/nothing runs on .*npm start/);
  });
});
