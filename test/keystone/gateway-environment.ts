// How a gateway is told to leave tokens to this Keystone.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KeystoneServer } from './keystone-server.ts';
import { servicePassword } from './population.ts';

export async function gatewayEnvironment(
  { url }: KeystoneServer,
  dir: string,
  cacheSeconds: number,
): Promise<Record<string, string>> {
  const passwordFile = join(dir, 'service-password');
  await writeFile(passwordFile, `${servicePassword}\n`, { mode: 0o600 });
  return {
    CLOUD_IMAGES_IDENTITY_KIND: 'keystone',
    CLOUD_IMAGES_IDENTITY_CACHE_SECONDS: String(cacheSeconds),
    CLOUD_IMAGES_KEYSTONE_URL: url,
    CLOUD_IMAGES_KEYSTONE_USERNAME: 'glance',
    CLOUD_IMAGES_KEYSTONE_PASSWORD_FILE: passwordFile,
    CLOUD_IMAGES_KEYSTONE_PROJECT: 'service',
    // A machine that is busy with other tests keeps Keystone waiting for longer than operators would put up with.
    CLOUD_IMAGES_KEYSTONE_TIMEOUT_SECONDS: '20',
    CLOUD_IMAGES_LOG_LEVEL: 'debug',
  };
}
