// That what an earlier version left can be worked on: old images changed, restored, accepted, and new ones made.
import { createHash } from 'node:crypto';
import type { Tally } from '../journeys/tally.ts';
import type { Answer } from '../support/api-client.ts';
import { restorable, type People } from './population.ts';

export async function goesOn(tally: Tally, people: People, ids: readonly string[]): Promise<void> {
  const { owner, consumer, consumerProject } = people;
  await tally.check('an image of the earlier version takes data, a change and a tag', async () => {
    const [id] = ids;
    const data = Buffer.from('brought later');
    expect(await owner.upload(id!, data), 204);
    expect(await owner.patch(id!, [{ op: 'add', path: '/later', value: 'yes' }]), 200);
    expect(await owner.call('PUT', `/v2/images/${id}/tags/later`), 204);
    const { json } = expect(await owner.call('GET', `/v2/images/${id}`), 200);
    if (json.status !== 'active' || json.later !== 'yes' || !json.tags.includes('later'))
      throw new Error('is not shown');
    if (json.os_hash_value !== createHash('sha512').update(data).digest('hex')) throw new Error('another digest');
  });
  await tally.check('a membership of the earlier version is accepted and in the list at once', async () => {
    const id = ids[3]!;
    const path = `/v2/images/${id}/members/${consumerProject}`;
    expect(await consumer.call('PUT', path, { body: { status: 'accepted' } }), 200);
    const { json } = expect(await consumer.call('GET', '/v2/images?visibility=shared&limit=1000'), 200);
    if (!json.images.some((image: { id: string }) => image.id === id)) throw new Error('is not in the list');
  });
  await tally.check('an image that the earlier version deleted is restored with its member and its data', async () => {
    const id = ids.find((_, nth) => restorable(nth))!;
    expect(await owner.call('POST', `/v2/images/${id}/actions/restore`), 204);
    expect(await owner.call('GET', `/v2/images/${id}/file`), 200);
    const { json } = expect(await owner.call('GET', `/v2/images/${id}/members`), 200);
    if (json.members[0]?.status !== 'accepted') throw new Error('its member is gone');
  });
  await tally.check('a new image is made, filled and found', async () => {
    const body = { name: 'after the upgrade', disk_format: 'raw', container_format: 'bare' };
    const { json } = expect(await owner.call('POST', '/v2/images', { body }), 201);
    expect(await owner.upload(json.id, Buffer.from('new')), 204);
    const list = expect(await owner.call('GET', '/v2/images?limit=1'), 200);
    if (list.json.images[0]?.id !== json.id) throw new Error('is not the first of the list');
  });
}

function expect(answer: Answer, status: number): Answer {
  if (answer.status !== status) throw new Error(`${answer.status} instead of ${status}: ${String(answer.body)}`);
  return answer;
}
