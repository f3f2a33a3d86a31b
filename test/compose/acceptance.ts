// A small round through the published port: what an owner and a consumer do with one image. Whether the whole interface is
// as specified is the business of test/acceptance; here it is that the containers together serve it.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { login, type ApiClient } from '../support/api-client.ts';
import type { Tally } from '../journeys/tally.ts';

export interface Kept {
  readonly id: string;
  readonly name: string;
  readonly sha512: string;
}

const sha512 = (data: Buffer) => createHash('sha512').update(data).digest('hex');

export async function makeImage(client: ApiClient, bytes = 3 * 1024 * 1024): Promise<Kept> {
  const name = `compose-${randomBytes(6).toString('hex')}`;
  const data = randomBytes(bytes);
  const body = { name, disk_format: 'raw', container_format: 'bare', tags: ['kept'] };
  const created = await client.call('POST', '/v2/images', { body });
  assert.equal(created.status, 201, created.body.toString('utf8'));
  const id = String(created.json.id);
  const uploaded = await client.upload(id, data);
  assert.equal(uploaded.status, 204, uploaded.body.toString('utf8'));
  return { id, name, sha512: sha512(data) };
}

/** The image is listed and its data is what was uploaded. */
export async function assertKept(client: ApiClient, { id, name, sha512: expected }: Kept): Promise<void> {
  const { json } = await client.call('GET', `/v2/images?name=${name}`);
  assert.deepEqual(
    json.images.map((image: { id: string; status: string }) => [image.id, image.status]),
    [[id, 'active']],
  );
  const { status, body } = await client.call('GET', `/v2/images/${id}/file`, { timeoutMs: 60_000 });
  assert.equal(status, 200);
  assert.equal(sha512(body), expected);
}

/** Returns an image that must outlive what comes. */
export async function checkService(tally: Tally, url: string): Promise<Kept | undefined> {
  const [owner, consumer] = await Promise.all([login(url, 'demo'), login(url, 'alt')]);
  let kept: Kept | undefined;
  await tally.check('an image is created, uploaded, listed and downloaded', async () => {
    kept = await makeImage(owner.client);
    await assertKept(owner.client, kept);
    const part = await owner.client.call('GET', `/v2/images/${kept.id}/file`, { headers: { range: 'bytes=5-9' } });
    assert.deepEqual([part.status, part.body.length], [206, 5]);
  });
  await tally.check('it is shared, accepted, and at once in the consumer’s list', async () => {
    if (!kept) throw new Error('there is no image');
    const members = `/v2/images/${kept.id}/members`;
    const added = await owner.client.call('POST', members, { body: { member: consumer.projectId } });
    assert.equal(added.status, 200, added.body.toString('utf8'));
    const accepted = await consumer.client.call('PUT', `${members}/${consumer.projectId}`, {
      body: { status: 'accepted' },
    });
    assert.equal(accepted.status, 200, accepted.body.toString('utf8'));
    await assertKept(consumer.client, kept);
  });
  await tally.check('an image is deleted and gone', async () => {
    const { id } = await makeImage(owner.client, 1_000);
    assert.equal((await owner.client.call('DELETE', `/v2/images/${id}`)).status, 204);
    assert.equal((await owner.client.call('GET', `/v2/images/${id}`)).status, 404);
  });
  await tally.check('without a token nothing is shown', async () => {
    const { status } = await owner.client.call('GET', '/v2/images', { headers: { 'x-auth-token': 'nobody' } });
    assert.equal(status, 401);
  });
  await Promise.all([owner.client.close(), consumer.client.close()]);
  return kept;
}
