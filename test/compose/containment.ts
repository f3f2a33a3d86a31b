// What the containers may do, as Docker sees them, and what their logs and environments tell of the secrets.
import assert from 'node:assert/strict';
import type { Tally } from '../journeys/tally.ts';
import { serviceOf, type ComposeProject, type Container } from './project.ts';

/** The one-shot that gives each secret to its owner; it has no network. */
const root = ['init'];

export async function checkContainment(tally: Tally, project: ComposeProject): Promise<void> {
  const containers = await project.inspect();
  const each = (what: string, check: (container: Container, service: string) => void) =>
    tally.check(what, () => {
      for (const container of containers) check(container, serviceOf(container));
    });

  await each('only the gateway publishes a port, on the loopback interface', ({ HostConfig }, service) => {
    const published = Object.values(HostConfig.PortBindings ?? {}).flat();
    assert.deepEqual(
      published.map(({ HostIp }) => HostIp),
      service === 'gateway' ? ['127.0.0.1'] : [],
      service,
    );
  });
  await each('each container runs without capabilities, new privileges, and within a memory limit', (one, service) => {
    const { CapDrop, CapAdd, SecurityOpt, Memory } = one.HostConfig;
    assert.deepEqual([CapDrop, SecurityOpt], [['ALL'], ['no-new-privileges:true']], service);
    if (!root.includes(service)) assert.deepEqual(CapAdd ?? [], [], service);
    assert.ok(Memory > 0, service);
  });
  await each('as an ordinary user, on a root that it can’t write', ({ HostConfig, Config }, service) => {
    assert.equal(HostConfig.ReadonlyRootfs, true, service);
    if (!root.includes(service)) assert.doesNotMatch(Config.User, /^(root|0(:.*)?)?$/, service);
  });
  await each(
    'the converter has no network, and nothing but the scratch directory',
    ({ HostConfig, Mounts }, service) => {
      if (service !== 'converter') return;
      assert.equal(HostConfig.NetworkMode, 'none');
      assert.deepEqual(
        Mounts.map(({ Destination }) => Destination),
        ['/scratch'],
      );
    },
  );
  await tally.check('no secret is in an environment or in a log', async () => {
    const secrets = await secretsOf(project);
    assert.ok(secrets.length >= 10, `only ${secrets.length} secrets were found`);
    const logs = await project.compose(['logs', '--no-color']);
    for (const secret of secrets) {
      assert.ok(!logs.includes(secret), 'a log shows a secret');
      for (const one of containers) assert.ok(!one.Config.Env.join('\n').includes(secret), serviceOf(one));
    }
  });
  await tally.check('a service reads its own key and nobody else’s', async () => {
    const keys = await Promise.all(
      ['gateway', 'catalog', 'membership', 'task-worker', 'audit'].map((service) =>
        project.exec(service, ['cat', '/run/secrets/service-key.pem']),
      ),
    );
    assert.equal(new Set(keys).size, 5);
    for (const key of keys) assert.equal(key.match(/PRIVATE KEY/g)?.length, 2);
  });
}

/** Everything that was made at random, read where only `init` may. */
async function secretsOf(project: ComposeProject): Promise<string[]> {
  const files = ['/secrets/secrets.json', '/secrets/keys/token-secret'];
  const text = await project.compose(['run', '--rm', '--no-deps', '-T', 'init', 'cat', ...files]);
  return text.match(/[\w-]{32,}/g) ?? [];
}
