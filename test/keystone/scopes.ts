// Which tokens of a real Keystone are good for images, and what is said of the others.
import assert from 'node:assert/strict';
import { execute, succeeded } from '../journeys/clients.ts';
import { issue, issueToken } from './population.ts';
import { as, type World } from './world.ts';

const nonsense = ['nonsense', 'a.b.c', '../../v3/users', '{}', 'gAAAAABpJAAA', "' OR 1=1 --", 'x'.repeat(4_000)];

export async function scopeChecks({ tally, keystone, api, clients }: World): Promise<void> {
  const list = (token: string) => api.call('GET', '/v2/images', as(token));

  await tally.check(
    'a token without a project, of a domain or of the system is refused as forbidden, in words',
    async () => {
      const domain = { domain: { id: 'default' } };
      for (const [scope, words] of [
        ['unscoped', /not scoped to a project/],
        [domain, /scoped to a domain/],
        [{ system: { all: true } }, /scoped to the whole system/],
      ] as const) {
        const { status, json } = await list(await issueToken(keystone, 'admin', scope));
        assert.equal(status, 403);
        assert.match(json.message, words);
      }
    },
  );
  await tally.check('what is no token is refused as unauthorized, and points to Keystone', async () => {
    for (const token of nonsense) {
      const { status, headers } = await list(token);
      assert.deepEqual([status, headers['www-authenticate']], [401, `Keystone uri="${keystone.url}"`]);
    }
    const changed = await issueToken(keystone, 'ann');
    assert.equal(
      (await list(`${changed.slice(0, 60)}${changed[60] === 'A' ? 'B' : 'A'}${changed.slice(61)}`)).status,
      401,
    );
  });
  await tally.check('there is no login here, and the answer says where it is', async () => {
    const { status, json } = await api.call('POST', '/identity/v3/auth/tokens', { body: {} });
    assert.equal(status, 404);
    assert.ok(json.message.includes(keystone.url));
  });
  await tally.check(
    'an application credential is good; one limited by access rules, which nobody here keeps, is not',
    async () => {
      const tokenFor = async (name: string, ...more: string[]) => {
        const command = ['application', 'credential', 'create', ...more, name];
        const made = await clients.openstackJson<Record<string, string>>('ann', ...command);
        const { id, secret } = Object.fromEntries(
          Object.entries(made).map(([key, value]) => [key.toLowerCase(), value]),
        );
        return issue(keystone, {
          identity: { methods: ['application_credential'], application_credential: { id, secret } },
        });
      };
      const rules = JSON.stringify([{ service: 'image', method: 'GET', path: '/v2/images' }]);
      assert.equal((await list(await tokenFor('plain'))).status, 200);
      assert.equal((await list(await tokenFor('limited', '--access-rules', rules))).status, 401);
    },
  );
  await tally.check('a token alone, without a login, serves the client too (OS_TOKEN)', async () => {
    const token = await issueToken(keystone, 'ann');
    const { stdout } = succeeded(
      await execute(clients.program('openstack'), ['image', 'list', '-f', 'json'], {
        OS_AUTH_TYPE: 'v3token',
        OS_AUTH_URL: keystone.url,
        OS_TOKEN: token,
        OS_PROJECT_NAME: 'red',
        OS_PROJECT_DOMAIN_ID: 'default',
      }),
    );
    assert.ok((JSON.parse(stdout) as unknown[]).length > 0);
  });
}
