// A log that was filled with the lives of so many images.
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { imageBody, type Subject } from './subject.ts';

export const eventsEach = 5;

/** As the catalog would have, but in a few statements: five events each, made, begun to upload, active, named, tagged. */
export async function appendLives({ stack, projectId }: Subject, images: number): Promise<void> {
  const client = new pg.Client({ connectionString: stack.owners.catalog });
  await client.connect();
  try {
    const perStatement = 1000;
    for (let from = 0; from < images; from += perStatement) {
      const count = Math.min(perStatement, images - from);
      const lives = Array.from({ length: count }, (_, i) => lifeOf(from + i, projectId)).flat();
      await client.query(
        `INSERT INTO log.events (stream, version, event_id, type, schema_version, data, metadata, recorded_at)
         SELECT e->>'stream', (e->>'version')::int, (e->>'event_id')::uuid, e->>'type', 1, e->'data', e->'metadata', now()
           FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS events (e, nth) ORDER BY nth`,
        [JSON.stringify(lives)],
      );
    }
    await client.query('VACUUM (ANALYZE) log.events');
  } finally {
    await client.end();
  }
}

function lifeOf(index: number, owner: string) {
  const id = randomUUID();
  const [attempt, key] = [randomUUID(), `images/${id}`];
  const actor = { user: 'bench', project: owner, roles: ['member'], via: 'gateway' };
  const metadata = { actor, request_id: `req-${randomUUID()}`, correlation_id: randomUUID() };
  const { name, disk_format, container_format, min_disk, min_ram, tags, ...properties } = imageBody(index);
  const attributes = { name, disk_format, container_format, min_disk, min_ram, tags, properties, owner };
  const digests = { checksum: 'c'.repeat(32), os_hash_algo: 'sha512', os_hash_value: 'd'.repeat(128) };
  const facts = [
    [
      'ImageCreated',
      { ...attributes, visibility: 'shared', protected: false, os_hidden: false, from: null, to: 'queued' },
    ],
    ['ImageUploadStarted', { attempt, key, from: 'queued', to: 'saving' }],
    ['ImageActivated', { attempt, key, size: 10, virtual_size: null, ...digests, from: 'saving', to: 'active' }],
    ['ImageRenamed', { from: name, to: `renamed-${index}` }],
    ['ImageTagged', { tag: 'released' }],
  ] as const;
  return facts.map(([type, data], at) => ({
    stream: `image-${id}`,
    version: at + 1,
    event_id: randomUUID(),
    type,
    data: { image_id: id, ...data },
    metadata,
  }));
}
