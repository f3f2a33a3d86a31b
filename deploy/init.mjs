// The compose file's first step: makes every secret once, keeps them in a volume that nobody else mounts, and deals each
// out to the volumes of those who may know it. Run again it makes what is missing and leaves the rest as it is.
import { chmodSync, chownSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { databaseRoles, databaseUrls } from '../tools/databases.mjs';
import { usersFile } from '../tools/development-users.mjs';
import {
  checkpointKeyFiles,
  checkpointKeys,
  passwordsOf,
  serviceKeys,
  tokenSecretFile,
  writePrivately,
} from '../tools/secrets.mjs';
import { serviceNames } from '../tools/services.mjs';

const kept = '/secrets';
const volumes = '/volumes';
/** Who runs in the images of PostgreSQL and of Grafana, and in all others of the compose file. */
const uids = { 'postgres-secrets': 999, 'grafana-secrets': 472 };
const node = 1000;

const passwords = passwordsOf(kept, ['postgres', ...databaseRoles]);
const others = passwordsOf(kept, [
  ...['s3_access_key', 's3_secret_key', 's3_gateway_key', 's3_catalog_key', 's3_task_worker_key', 's3_audit_key'],
  's3_encryption',
  'grafana_admin',
]);
const { privateKeys, publicKeys } = serviceKeys(kept, serviceNames);
const urls = databaseUrls({ host: 'postgres', port: 5432 }, passwords).service;

const read = (path) => readFileSync(path, 'utf8');
const rootOfStore = { 's3-access-key': others.s3_access_key, 's3-secret-key': others.s3_secret_key };

deal('postgres-secrets', { 'superuser-password': passwords.postgres });
// 24 random bytes as text are 32 bytes, which is what the key of the store's own encryption has to be.
const encryption = `cloud-images:${Buffer.from(others.s3_encryption).toString('base64')}`;
deal('minio-secrets', { ...rootOfStore, 'encryption-key': encryption });
deal('grant-secrets', {
  ...rootOfStore,
  's3-gateway-key': others.s3_gateway_key,
  's3-catalog-key': others.s3_catalog_key,
  's3-audit-key': others.s3_audit_key,
  's3-task-worker-key': others.s3_task_worker_key,
});
deal('migrate-secrets', { 'database-passwords.json': JSON.stringify(passwords), ...rootOfStore });
deal('gateway-secrets', {
  'service-key.pem': read(privateKeys.gateway),
  'database-url': urls.gateway,
  'token-secret': read(tokenSecretFile(kept)),
  's3-secret-key': others.s3_gateway_key,
});
deal('catalog-secrets', {
  'service-key.pem': read(privateKeys.catalog),
  'database-url': urls.catalog,
  's3-secret-key': others.s3_catalog_key,
});
deal('membership-secrets', { 'service-key.pem': read(privateKeys.membership), 'database-url': urls.membership });
deal('task-worker-secrets', {
  'service-key.pem': read(privateKeys['task-worker']),
  'database-url': urls.tasks,
  's3-secret-key': others.s3_task_worker_key,
});
const sealing = checkpointKeys(kept);
deal('audit-secrets', {
  'service-key.pem': read(privateKeys.audit),
  'database-url': urls.audit,
  's3-secret-key': others.s3_audit_key,
  ...Object.fromEntries(checkpointKeyFiles(kept).map((name) => [name, read(join(sealing, name))])),
});
deal('grafana-secrets', { 'admin-password': others.grafana_admin });
deal('public-keys', Object.fromEntries(readdirSync(publicKeys).map((name) => [name, read(join(publicKeys, name))])));

own(usersFile(join(volumes, 'users')), node);
for (const data of ['users', 'minio-data', 'scratch']) own(join(volumes, data), node);
console.log(`secrets and keys for ${serviceNames.join(', ')} are in place`);

/** Each file as it should be, for the one user who reads it; what is right already is not touched. */
function deal(volume, files) {
  const directory = join(volumes, volume);
  const uid = uids[volume] ?? node;
  for (const [name, text] of Object.entries(files)) {
    const path = join(directory, name);
    if (!existsSync(path) || read(path) !== text) writePrivately(path, text);
    own(path, uid);
  }
  chmodSync(directory, 0o700);
  own(directory, uid);
}

function own(path, uid) {
  if (statSync(path).uid !== uid) chownSync(path, uid, uid);
}
