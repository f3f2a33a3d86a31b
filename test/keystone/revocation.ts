// What Keystone takes back is refused here within the time that answers are kept.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { succeeded } from '../journeys/clients.ts';
import { issueToken, type Person } from './population.ts';
import { as, type World } from './world.ts';

/** What a loaded machine may add to the bound: a question asked before the end of it is answered later. */
const slackMs = 1_000;

const ways: readonly (readonly [string, Person, (token: string) => string[]])[] = [
  ['the token is revoked', 'bob', (token) => ['token', 'revoke', token]],
  ['the role is taken away', 'bob', () => ['role', 'remove', '--project', 'blue', '--user', 'bob', 'member']],
  ['the user is disabled', 'eve', () => ['user', 'set', '--disable', 'eve']],
  ['the project is disabled', 'ron', () => ['project', 'set', '--disable', 'red']],
];

export async function revocationChecks({ tally, keystone, api, clients, cacheSeconds }: World): Promise<void> {
  const here = async (token: string) => (await api.call('GET', '/v2/images', as(token))).status;
  for (const [what, person, command] of ways) {
    await tally.check(`when ${what}, it is refused within ${cacheSeconds} s, and never again let in`, async () => {
      const own = await issueToken(keystone, 'admin');
      const token = await issueToken(keystone, person);
      const there = async () => {
        const headers = { 'x-auth-token': own, 'x-subject-token': token };
        return (await fetch(`${keystone.url}/auth/tokens`, { headers, signal: AbortSignal.timeout(10_000) })).status;
      };
      assert.equal(await here(token), 200);
      const [revoked, refused] = await Promise.all([
        untilAnswered(404, there),
        untilAnswered(401, () => here(token)),
        clients.openstack('admin', ...command(token)).then(succeeded),
      ]);
      const late = refused.lastGranted - revoked.at;
      console.log(`        let in for ${Math.max(0, late / 1_000).toFixed(1)} s after Keystone refused it`);
      assert.ok(late < cacheSeconds * 1_000 + slackMs, `let in for ${late} ms`);
      for (let asked = 0; asked < 10; asked++) assert.equal(await here(token), 401);
    });
  }
}

/** Asks all the while; what is no answer says nothing. Both times are those of the end of one. */
async function untilAnswered(
  expected: number,
  ask: () => Promise<number>,
): Promise<{ lastGranted: number; at: number }> {
  let lastGranted = 0;
  for (const deadline = Date.now() + 180_000; ; await sleep(200)) {
    const status = await ask().catch(() => 0);
    if (status === expected) return { lastGranted, at: Date.now() };
    if (status === 200) lastGranted = Date.now();
    assert.ok(Date.now() < deadline, `it never came to ${expected}, the last was ${status}`);
  }
}
