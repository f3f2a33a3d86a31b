import { logger } from '@cloud-images/service-kit';
import { Sealer } from '../ledger/sealer.js';
import { randomUUID } from 'node:crypto';
import { imageStream } from '@cloud-images/contracts';
import { arrival, created, failed, IMAGE, ownerChanged, renamed, requested, shared } from '../testing/given.js';
import { createLedgerDatabase, type LedgerDatabase } from '../testing/ledger-database.js';
import { History } from './history-follower.js';
import { imageThen } from './image-then.query.js';

const whole = {
  name: 'first',
  visibility: 'shared',
  protected: false,
  os_hidden: false,
  container_format: null,
  disk_format: null,
  min_disk: 0,
  min_ram: 0,
  tags: [],
  properties: { __proto: 'x' },
};
const first = created(1);
const begun = { ...first, event: { ...first.event, data: { ...first.event.data, ...whole } } };
const at = (second: string) => ({ time: `2026-11-24T10:00:00.${second}Z` });

describe('the history of images', () => {
  let database: LedgerDatabase;
  let sealer: Sealer;
  let fetched = 0;
  const historyOf = (fetchAll = () => Promise.resolve(void (fetched += 1))) =>
    new History({ pool: database.pool, sql: database.sql, fetchAll, log: logger('audit', 'silent') });

  beforeAll(async () => {
    database = await createLedgerDatabase();
    sealer = new Sealer({ pool: database.pool });
    // Recorded at .000001, .000002 … of one second; the members' events at .000005 and .000006.
    await sealer.take([begun, renamed(2), ownerChanged(3, 'owner', 'heir')]);
    await sealer.take([
      shared(1, 'consumer', { number: 5 }),
      arrival({
        ...shared(2, 'consumer').event,
        type: 'MemberRemoved',
        number: 6,
        log: shared(1, 'c').log,
        data: { image_id: IMAGE, member_id: 'consumer', from: 'pending', to: null },
      }),
    ]);
    // A task that has the image's id.
    await sealer.take([requested(1, 'owner', {}, IMAGE), failed(2, {}, IMAGE)]);
    await historyOf().reaches(0, { present: true });
  });
  afterAll(() => database.drop());

  const then = (time: string, project = 'consumer') => imageThen(database.sql, IMAGE, project, at(time));
  const rows = async (table: string) => (await database.owner.query(`SELECT * FROM ${table} ORDER BY 1, 2, 3`)).rows;

  it('has each version from its event until the next one', async () => {
    expect(await then('000000')).toBeNull();
    expect(await then('000001')).toMatchObject({ version: 1, owner: 'owner', owner_now: 'heir' });
    expect(await then('000002')).toMatchObject({ version: 2, owner: 'owner' });
    expect(JSON.parse((await then('000002'))?.document ?? '')).toMatchObject({ name: 'b2', __proto: 'x' });
    expect(await then('900000')).toMatchObject({ version: 3, owner: 'heir', status: 'queued' });
    expect(await imageThen(database.sql, IMAGE, null, { version: 2 })).toMatchObject({
      version: 2,
      moment: at('000002').time,
    });
  });

  it('knows who was a member, and that it is none now', async () => {
    expect(await then('000004')).toMatchObject({ member: null, member_now: null });
    expect(await then('000005')).toMatchObject({ member: 'pending', member_now: null });
    expect(await then('000005', 'other')).toMatchObject({ member: null });
    expect(await then('000006')).toMatchObject({ member: null });
  });

  it('goes past tasks, and keeps nothing of them', async () => {
    expect((await database.owner.query('SELECT position::integer AS position FROM history.place')).rows).toEqual([
      { position: 7 },
    ]);
    expect((await rows('history.states')).map(({ stream }) => stream)).toEqual([
      `image-${IMAGE}`,
      `membership-${IMAGE}`,
    ]);
  });

  it('is made again from the ledger, the same', async () => {
    const before = await Promise.all(['history.images', 'history.members', 'history.states'].map(rows));
    await database.owner.query('TRUNCATE history.images, history.members, history.states');
    await database.owner.query('UPDATE history.place SET position = 0');
    // Two processes at once: they take turns.
    await Promise.all([historyOf(), historyOf()].map((one) => one.reaches(0, { present: true })));
    expect(await Promise.all(['history.images', 'history.members', 'history.states'].map(rows))).toEqual(before);
  });

  it('asks the services before it speaks of a time that it may not have all of, and not again for an older one', async () => {
    const history = historyOf();
    const moment = Date.now() - 5_000;
    fetched = 0;
    await history.reaches(moment, { present: false });
    await history.reaches(moment, { present: false });
    expect(fetched).toBe(1);
    await history.reaches(Date.now(), { present: false });
    expect(fetched).toBe(2);
    const away = historyOf(() => Promise.reject(new Error('away')));
    await expect(away.reaches(moment, { present: false })).rejects.toThrow('away');
  });

  it('waits until the present second is over before it says what it was', async () => {
    const history = historyOf();
    const moment = Date.now();
    await history.reaches(moment, { present: false });
    expect(Date.now() - moment).toBeGreaterThanOrEqual(990);
  });

  it('takes an image of which nothing is unset, when nothing comes with it', async () => {
    const id = randomUUID();
    const named = created(1, 'owner', { number: 10 }, id);
    const data = { ...named.event.data, ...whole, container_format: 'bare', disk_format: 'raw' };
    const active = { from: 'queued', to: 'active', size: 5, virtual_size: 5, os_hash_algo: 'sha512' };
    const digests = { attempt: randomUUID(), key: 'images/k', checksum: 'c', os_hash_value: 'h' };
    await sealer.take([{ ...named, event: { ...named.event, data } }]);
    await historyOf().reaches(0, { present: true });
    const what = { type: 'ImageActivated', stream: imageStream(id), version: 2, number: 11 };
    await sealer.take([arrival({ ...what, data: { image_id: id, ...active, ...digests } })]);
    await historyOf().reaches(0, { present: true });
    expect(await imageThen(database.sql, id, null, { version: 2 })).toMatchObject({ status: 'active', unset: '' });
  });
});
