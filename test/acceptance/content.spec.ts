// Data is what the image says, or it is refused: 415, the image is queued again, nothing of the data stays, the log says why.
import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fixedVhd, iso, partitionedDisk, qcow2, vdi, vmdk, vmdkDescriptor } from '../support/disk-content.ts';
import { makeImage } from './images.ts';
import { people, type Person } from './service.ts';

const GIB = 2 ** 30;
const noise = Buffer.from('\xffneither this nor that'.repeat(1000), 'latin1');
const disk = partitionedDisk();
const hybrid = Buffer.concat([disk, iso().subarray(disk.length)]);
const inside = (outer: Buffer, inner: Buffer): Buffer => Buffer.concat([inner, outer.subarray(inner.length)]);

type Format = 'raw' | 'qcow2' | 'vmdk' | 'vhd' | 'vhdx' | 'vdi' | 'iso' | 'ami' | 'ploop';

const taken: readonly [title: string, format: Format, data: Buffer, virtualSize: number | undefined][] = [
  ['a qcow2', 'qcow2', qcow2(), GIB],
  ['an old qcow2', 'qcow2', qcow2({ version: 2, virtualSize: 5 * GIB }), 5 * GIB],
  ['a qcow2 with every known feature but a data file', 'qcow2', qcow2({ features: [0, 1, 3, 4] }), GIB],
  ['a VMDK', 'vmdk', vmdk(), 2 ** 20],
  ['a fixed VHD', 'vhd', fixedVhd(disk), disk.length],
  ['a VDI', 'vdi', vdi(3 * GIB), 3 * GIB],
  ['an ISO', 'iso', iso(1000), 1000 * 2048],
  ['an ISO that boots from a disk', 'iso', hybrid, 18 * 2048],
  ['a disk with partitions', 'raw', disk, disk.length],
  ['what nobody knows', 'raw', noise, noise.length],
  ['an ISO as a raw disk', 'raw', iso(), 18 * 2048],
  ['a machine image', 'ami', noise, undefined],
  ['a container disk', 'ploop', noise, undefined],
];

const refused: readonly [title: string, format: Format, data: Buffer, code: string, why: RegExp][] = [
  ['a disk', 'qcow2', disk, 'content-mismatch', /mbr and not the declared qcow2/],
  ['noise', 'vhd', noise, 'content-mismatch', /no known format and not the declared vhd/],
  ['noise', 'vhdx', noise, 'content-mismatch', /not the declared vhdx/],
  ['noise', 'iso', noise, 'content-mismatch', /not the declared iso/],
  ['a qcow2', 'vmdk', qcow2(), 'content-mismatch', /qcow2 and not the declared vmdk/],
  ['a VDI', 'ami', vdi(), 'content-mismatch', /vdi and not the declared ami/],
  ['CVE-2024-32498, a qcow2', 'raw', qcow2(), 'content-mismatch', /qcow2 and not the declared raw/],
  ['CVE-2024-32498, a VMDK', 'raw', vmdk(), 'content-mismatch', /vmdk and not the declared raw/],
  ['a table of no partition', 'raw', partitionedDisk(0), 'content-mismatch', /partition table/],
  ['CVE-2015-5163, a backing file', 'qcow2', qcow2({ backingFile: true }), 'content-dangerous', /backing file/],
  ['CVE-2015-5163, a backing file', 'raw', qcow2({ backingFile: true }), 'content-dangerous', /backing file/],
  ['CVE-2024-32498, a data file', 'qcow2', qcow2({ features: [2] }), 'content-dangerous', /other files/],
  ['CVE-2024-32498, a feature bit', 'qcow2', qcow2({ features: [5] }), 'content-dangerous', /features/],
  ['CVE-2024-32498, version 1', 'qcow2', qcow2({ version: 1 }), 'content-dangerous', /version/],
  ['CVE-2013-2096, a PiB', 'qcow2', qcow2({ virtualSize: 2 ** 50 }), 'content-dangerous', /virtual size/],
  ['CVE-2013-4463, 2^64 bytes', 'qcow2', qcow2({ virtualSize: 2n ** 64n - 1n }), 'content-dangerous', /virtual size/],
  [
    'CVE-2022-47951, a descriptor that names a file',
    'vmdk',
    Buffer.from(vmdkDescriptor('monolithicFlat', 'RW 2048 FLAT "/etc/passwd" 0')),
    'content-dangerous',
    /other files/,
  ],
  [
    'CVE-2022-47951, the same inside',
    'vmdk',
    vmdk(vmdkDescriptor('twoGbMaxExtentFlat')),
    'content-dangerous',
    /can refer to other files/,
  ],
  [
    'CVE-2022-47951, an extent with a path',
    'vmdk',
    vmdk(vmdkDescriptor('monolithicSparse', 'RW 2048 SPARSE "/etc/passwd"')),
    'content-dangerous',
    /path/,
  ],
  ['a VDI with a parent', 'vdi', vdi(GIB, 4), 'content-dangerous', /parent/],
  ['a QED', 'raw', Buffer.from('QED\0'), 'content-dangerous', /qed/],
  ['a qcow2 in an ISO', 'iso', inside(iso(), qcow2()), 'content-dangerous', /several formats/],
  ['a qcow2 in an ISO', 'qcow2', inside(iso(), qcow2()), 'content-dangerous', /several formats/],
];

describe('image data', () => {
  let demo: Person;
  beforeAll(async () => {
    ({ demo } = await people({ demo: 'demo' }));
  });
  afterAll(() => demo.client.close());

  const show = async (id: string) => (await demo.client.call('GET', `/v2/images/${id}`)).json;
  const make = (disk_format: Format, container_format = 'bare') =>
    makeImage(demo, { fields: { disk_format, container_format } });

  it.each(taken)(
    'given %s as %s, then it is taken and its virtual size known',
    async (_title, format, data, virtualSize) => {
      const id = await make(format);
      const { status, body } = await demo.client.upload(id, data);
      expect([status, body.toString('utf8')]).toEqual([204, '']);
      const image = await show(id);
      expect([image.status, image.size, image.virtual_size]).toEqual(['active', data.length, virtualSize]);
    },
  );

  it.each(refused)('given %s as %s, then refused', async (_title, format, data, code, why) => {
    const id = await make(format);
    const { status, json } = await demo.client.upload(id, data);
    expect([status, json.error, json.title]).toEqual([415, code, 'Unsupported Media Type']);
    expect(json.message).toMatch(why);
    const image = await show(id);
    expect(image.status).toBe('queued');
    expect(image).not.toHaveProperty('size');
    expect(image).not.toHaveProperty('virtual_size');
    const [started, failed] = (await history(id)).slice(1);
    expect(failed).toMatchObject({
      type: 'ImageUploadFailed',
      data: { from: 'saving', to: 'queued', reason: json.message },
    });
    expect(await filesOf(started!.data['attempt'] as string)).toEqual([]);
  });

  it('that was refused may be followed by the right one', async () => {
    const id = await make('qcow2');
    expect((await demo.client.upload(id, noise)).status).toBe(415);
    expect((await demo.client.upload(id, qcow2())).status).toBe(204);
    const [started, activated] = (await history(id)).slice(3);
    expect(activated).toMatchObject({ type: 'ImageActivated', data: { virtual_size: GIB, content_format: 'qcow2' } });
    expect(await filesOf(started!.data['attempt'] as string)).not.toEqual([]);
  });

  it('is looked at in an OVF, and in no other container', async () => {
    expect((await demo.client.upload(await make('qcow2', 'ovf'), noise)).status).toBe(415);
    for (const container of ['ova', 'docker', 'compressed']) {
      const id = await make('qcow2', container);
      expect((await demo.client.upload(id, noise)).status).toBe(204);
      expect(await show(id)).not.toHaveProperty('virtual_size');
    }
  });

  it('that is none is of every format', async () => {
    const id = await make('qcow2');
    expect((await demo.client.upload(id, Buffer.alloc(0))).status).toBe(204);
    expect(await show(id)).toMatchObject({ status: 'active', size: 0 });
  });
});

interface Told {
  readonly type: string;
  readonly data: Record<string, unknown>;
}

const testData = (): string => process.env['CLOUD_IMAGES_TEST_DATA'] ?? '';

async function history(id: string): Promise<Told[]> {
  const program = join(import.meta.dirname, '../../tools/events.mjs');
  const env = { ...process.env, CLOUD_IMAGES_DATA: testData() };
  const { stdout } = await promisify(execFile)(process.execPath, [program, `image-${id}`, '--json'], { env });
  return JSON.parse(stdout) as Told[];
}

/** What the store has of an attempt, whose id is in the names of all its files. */
async function filesOf(attempt: string): Promise<string[]> {
  const files = await readdir(join(testData(), 'blobs'), { recursive: true });
  return files.filter((file) => file.includes(attempt));
}
