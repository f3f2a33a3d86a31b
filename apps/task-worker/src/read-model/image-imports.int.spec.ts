import { randomUUID } from 'node:crypto';
import { poolExecutor } from '@cloud-images/event-store';
import { TaskWorld } from '../testing/task-worker-process.js';
import { endedImportsOf, noteImport } from './image-imports.query.js';

describe('the imports of an image', () => {
  let world: TaskWorld;
  beforeAll(async () => {
    world = await TaskWorld.create();
  }, 60_000);
  afterAll(() => world?.stop());

  const task = (status: string, id: string) =>
    world.sql.query(
      `INSERT INTO read_model.tasks (id, owner, type, status, document, stub, created_at, updated_at)
       VALUES ($1, 'p', 'api_image_import', $2, '{}', '{}', now(), now())
       ON CONFLICT (id) DO UPDATE SET status = excluded.status`,
      [id, status],
    );

  it('given one that ends after another request looked, then that request is refused: the image is not what it saw', async () => {
    const sql = poolExecutor(world.sql);
    const [image, first, second] = [randomUUID(), randomUUID(), randomUUID()];
    expect(await noteImport(sql, image, first, await endedImportsOf(sql, image))).toBe(true);
    await task('processing', first);
    // The request looks at the image, which the first import does not have yet; then the first import takes it and ends.
    const seen = await endedImportsOf(sql, image);
    await task('success', first);
    expect(await noteImport(sql, image, second, seen)).toBe(false);
    expect(await noteImport(sql, image, second, await endedImportsOf(sql, image))).toBe(true);
  });

  it('given one that has not ended, then no other begins', async () => {
    const sql = poolExecutor(world.sql);
    const [image, first] = [randomUUID(), randomUUID()];
    await noteImport(sql, image, first, []);
    await task('pending', first);
    expect(await noteImport(sql, image, randomUUID(), await endedImportsOf(sql, image))).toBe(false);
    expect(await endedImportsOf(sql, 'no id')).toEqual([]);
  });
});
