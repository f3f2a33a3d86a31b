import { randomUUID } from 'node:crypto';
import type { Person } from './service.ts';

export const DATA = Buffer.from('0123456789');

export interface ImageOptions {
  readonly data?: boolean;
  readonly fields?: Record<string, unknown>;
}

/** An image of `owner`: queued, or active with ten bytes. */
export async function makeImage(owner: Person, { data = false, fields = {} }: ImageOptions = {}): Promise<string> {
  const answer = await owner.client.call('POST', '/v2/images', {
    body: { name: `image-${randomUUID()}`, disk_format: 'raw', container_format: 'bare', ...fields },
  });
  if (answer.status !== 201) throw new Error(`create: ${answer.status} ${answer.body.toString('utf8')}`);
  const id = answer.json.id as string;
  if (data) {
    const uploaded = await owner.client.upload(id, DATA);
    if (uploaded.status !== 204) throw new Error(`upload: ${uploaded.status} ${uploaded.body.toString('utf8')}`);
  }
  return id;
}

/** Shares an image of `owner` with the project of `consumer`, which answers (or stays pending). */
export async function share(
  id: string,
  owner: Person,
  consumer: Person,
  status?: 'accepted' | 'rejected',
): Promise<void> {
  const added = await owner.client.call('POST', `/v2/images/${id}/members`, { body: { member: consumer.projectId } });
  if (added.status !== 200) throw new Error(`share: ${added.status} ${added.body.toString('utf8')}`);
  if (!status) return;
  const answered = await consumer.client.call('PUT', `/v2/images/${id}/members/${consumer.projectId}`, {
    body: { status },
  });
  if (answered.status !== 200) throw new Error(`answer: ${answered.status} ${answered.body.toString('utf8')}`);
}
