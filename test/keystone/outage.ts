// Keystone away and back, and what the logs kept of all this.
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { succeeded } from '../journeys/clients.ts';
import { issueToken, servicePassword } from './population.ts';
import { as, shown, type World } from './world.ts';

export async function outageChecks({ tally, keystone, api, clients, cacheSeconds, stack }: World): Promise<void> {
  const list = (token: string) => api.call('GET', '/v2/images', as(token));
  const [known, other] = [await issueToken(keystone, 'admin'), await issueToken(keystone, 'admin')];

  await tally.check(
    'Keystone stopped: whom it knows it serves, others get 503 with Retry-After at once, never 401',
    async () => {
      await keystone.stop();
      await list(known).then(({ status }) => assert.equal(status, 503, 'was not known'));
      await keystone.start();
      assert.equal((await untilServed(() => list(known))).status, 200);
      // At once: what is known must not end meanwhile.
      await keystone.stop('SIGKILL');
      assert.equal((await list(known)).status, 200);
      for (let asked = 0; asked < 20; asked++) {
        const started = performance.now();
        const { status, headers } = await list(other);
        assert.equal(status, 503);
        assert.match(String(headers['retry-after']), /^[1-5]$/);
        assert.ok(performance.now() - started < 2_000);
      }
      assert.equal((await api.call('GET', '/readyz')).json.checks.identity, 'failed');
    },
  );
  await tally.check(`after ${cacheSeconds} s without Keystone nobody is believed any more`, async () => {
    await sleep(cacheSeconds * 1_000);
    assert.equal((await list(known)).status, 503);
  });
  await tally.check('Keystone back: all is well without a restart', async () => {
    await keystone.start();
    const started = performance.now();
    assert.equal((await untilServed(() => list(other))).status, 200);
    console.log(`        served ${((performance.now() - started) / 1_000).toFixed(1)} s after Keystone was back`);
    succeeded(await clients.openstack('admin', 'image', 'list'));
  });
  await tally.check('no log holds a token or the service user’s password', async () => {
    const directory = join(stack.dataDir, 'logs');
    let bytes = 0;
    for (const file of await readdir(directory)) {
      const text = await readFile(join(directory, file), 'utf8');
      bytes += text.length;
      for (const secret of [servicePassword, ...[...shown].filter((token) => token.length > 100)]) {
        assert.ok(!text.includes(secret), `${file} holds a secret`);
      }
    }
    assert.ok(bytes > 0 && shown.size > 10);
  });
}

async function untilServed<A extends { status: number }>(ask: () => Promise<A>): Promise<A> {
  for (const deadline = Date.now() + 15_000; ; await sleep(100)) {
    const answer = await ask();
    if (answer.status !== 503 || Date.now() > deadline) return answer;
  }
}
