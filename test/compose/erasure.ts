// A person asks to be forgotten: the operator does it, and what was proved of the past still is.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Tally } from '../journeys/tally.ts';
import { login, type ApiClient } from '../support/api-client.ts';

const DONE_WITHIN_MS = 60_000;

export async function checkErasure(tally: Tally, url: string): Promise<void> {
  const [{ client }, person] = await Promise.all([login(url, 'admin'), login(url, 'alt')]);
  try {
    await tally.check('a person is forgotten by all services, and the events stay', async () => {
      const before = await toldOf(client, person.userId);
      assert.ok(before.named > 0, 'nothing was known of this person');
      const body = { user_id: person.userId, reason: 'asked for it' };
      const { status, json } = await client.call('POST', '/v1/erasures', { body });
      assert.equal(status, 202);
      await untilDone(client, json.id as string);
      const after = await toldOf(client, person.userId);
      assert.equal(after.named, 0);
      assert.deepEqual(after.events.slice(-before.events.length), before.events);
    });
  } finally {
    await Promise.all([client.close(), person.client.close()]);
  }
}

/** The person's events, and of how many requests more is known. */
async function toldOf(client: ApiClient, user: string): Promise<{ events: object[]; named: number }> {
  const { json } = await client.call('GET', `/v1/events?actor=${user}&with=request_contexts&limit=1000`);
  const contexts = Object.values(json.request_contexts as Record<string, object>);
  return { events: json.events as object[], named: contexts.filter((one) => Object.keys(one).length > 0).length };
}

async function untilDone(client: ApiClient, id: string): Promise<void> {
  for (const end = Date.now() + DONE_WITHIN_MS; ; await sleep(500)) {
    const { json } = await client.call('GET', `/v1/erasures/${id}`);
    if (json.status === 'done') return;
    if (Date.now() > end) throw new Error(`not forgotten in time: ${JSON.stringify(json)}`);
  }
}
