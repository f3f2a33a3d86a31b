// What must not start: development users where others reach them, and a configuration with holes.
import assert from 'node:assert/strict';
import type { Tally } from '../journeys/tally.ts';
import type { ComposeProject } from './project.ts';

export async function checkRefusals(tally: Tally, project: ComposeProject): Promise<void> {
  const start = (service: string, settings: Record<string, string>) =>
    project.tryCompose(
      [
        ...['run', '--rm', '--no-deps', '-T'],
        ...Object.entries(settings).flatMap(([name, value]) => ['-e', `${name}=${value}`]),
        service,
      ],
      60,
    );
  await tally.check('published to others, the gateway refuses the development users', async () => {
    const { code, output } = await start('gateway', { CLOUD_IMAGES_PUBLISHED_HOST: '192.0.2.1' });
    assert.equal(code, 1, output);
    assert.match(output, /\\"demo\\" has a default password/);
  });
  await tally.check('a configuration with holes is refused, every hole named, no secret shown', async () => {
    const { code, output } = await start('catalog', {
      CLOUD_IMAGES_DATABASE_URL_FILE: '/run/secrets/nothing',
      CLOUD_IMAGES_MEMBERSHIP_URL: '',
      CLOUD_IMAGES_UPLOAD_LEASE_SECONDS: 'soon',
    });
    assert.equal(code, 1, output);
    for (const name of ['DATABASE_URL_FILE', 'MEMBERSHIP_URL is not set', 'UPLOAD_LEASE_SECONDS must be a number']) {
      assert.ok(output.includes(`CLOUD_IMAGES_${name}`), `${name} is missing in ${output}`);
    }
  });
}
