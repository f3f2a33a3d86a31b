import { readFileSync } from 'node:fs';
import { s3Options } from './create-blob-store.js';
import { s3Encryptions, type S3BlobStoreOptions } from './s3/options.js';

const prefix = 'CLOUD_IMAGES_BLOBS_S3_';
const mandatory = ['ENDPOINT', 'BUCKET', 'ACCESS_KEY', 'SECRET_KEY'];

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * What the migration step is told by its environment, under the services' own names; null where there is nothing to make.
 * Throws with all problems at once, and without a value.
 */
export function config(env: Environment = process.env): S3BlobStoreOptions | null {
  if (env['CLOUD_IMAGES_BLOBS_KIND'] !== 's3') return null;
  const setting = (name: string) => settingOf(env, name);
  const encryption = s3Encryptions.find((one) => one === (setting('ENCRYPTION') ?? 'none'));
  const problems = mandatory.filter((name) => !setting(name)).map((name) => `${name} is not set`);
  if (!encryption) problems.push(`ENCRYPTION must be one of ${s3Encryptions.join(', ')}`);
  if (problems.length > 0) {
    throw new Error(`the configuration is not usable:\n${problems.map((one) => `  - ${prefix}${one}`).join('\n')}`);
  }
  return s3Options({
    endpoint: setting('ENDPOINT')!,
    region: setting('REGION') ?? 'us-east-1',
    bucket: setting('BUCKET')!,
    accessKey: setting('ACCESS_KEY')!,
    secretKey: setting('SECRET_KEY')!,
    pathStyle: !/^(?:false|0)$/i.test(setting('PATH_STYLE') ?? ''),
    caFile: env[`${prefix}CA_FILE`],
    encryption: encryption!,
  });
}

const lockVariable = 'CLOUD_IMAGES_CHECKPOINT_LOCK_DAYS';

/** For how long nobody removes a checkpoint from the store; 0: no lock. */
export function checkpointLockDays(env: Environment = process.env): number {
  const text = env[lockVariable] || '365';
  if (!/^\d{1,5}$/.test(text))
    throw new Error(`the configuration is not usable:\n  - ${lockVariable} takes a number of days`);
  return Number(text);
}

/** The value itself, or what the file has that `<name>_FILE` names. */
function settingOf(env: Environment, name: string): string | undefined {
  const file = env[`${prefix}${name}_FILE`];
  return (file ? readFileSync(file, 'utf8').trim() : env[prefix + name]) || undefined;
}
