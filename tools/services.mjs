// What each service needs to know, as environment: the same names that a container gets.
import { join } from 'node:path';
import { root } from './node24.mjs';

/** In the order of their start; a stop goes backwards. */
export const serviceNames = ['catalog', 'membership', 'task-worker', 'audit', 'gateway'];

/** The database of a service: names with a hyphen would have to be quoted everywhere. */
export const databaseOf = (service) => (service === 'task-worker' ? 'tasks' : service);

export const entryOf = (service) => join(root, 'apps', service, 'dist', 'main.js');

/** The migrations of each database, and of the blob store, by its name. */
export const migrationsOf = {
  catalog: join(root, 'apps', 'catalog', 'dist', 'migrate.js'),
  membership: join(root, 'apps', 'membership', 'dist', 'migrate.js'),
  tasks: join(root, 'apps', 'task-worker', 'dist', 'migrate.js'),
  audit: join(root, 'apps', 'audit', 'dist', 'migrate.js'),
  gateway: join(root, 'apps', 'gateway', 'dist', 'migrate.js'),
  bus: join(root, 'libs', 'messaging', 'dist', 'migrate.js'),
  blobs: join(root, 'libs', 'blobs', 'dist', 'migrate.js'),
};

/** Enough for every pool of the services (three of each service, the queue’s, one of the bus), tests and an operator. */
export const postgresSettings = { max_connections: 150, shared_buffers: '128MB' };

/** A plain environment: nothing of the caller's but what finding programs, a home and a time zone need. */
export function plainEnvironment() {
  const kept = ['PATH', 'HOME', 'TMPDIR', 'TZ', 'LANG', 'LC_ALL', 'SSL_CERT_FILE', 'NODE_EXTRA_CA_CERTS'];
  return Object.fromEntries(
    kept.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}

export function environmentOf(
  service,
  { dataDir, host, ports, innerPort, urls, keys, tokenSecret, checkpointKeys, identityFile, publicUrl, metricsPort },
) {
  const http = (name) => `http://127.0.0.1:${ports[name]}`;
  const blobs = {
    CLOUD_IMAGES_BLOBS_KIND: 'filesystem',
    CLOUD_IMAGES_BLOBS_DIR: join(dataDir, 'blobs'),
  };
  const database = {
    CLOUD_IMAGES_DATABASE_URL: urls.service[databaseOf(service)],
    CLOUD_IMAGES_BUS_KIND: 'embedded',
    CLOUD_IMAGES_BUS_URL: urls.service.bus,
  };
  const own = {
    catalog: { ...database, ...blobs, CLOUD_IMAGES_MEMBERSHIP_URL: http('membership') },
    membership: { ...database, CLOUD_IMAGES_CATALOG_URL: http('catalog') },
    'task-worker': { ...database, ...blobs, CLOUD_IMAGES_CATALOG_URL: http('catalog') },
    audit: {
      ...database,
      // Apart from the images: nobody but audit writes there.
      CLOUD_IMAGES_BLOBS_KIND: 'filesystem',
      CLOUD_IMAGES_BLOBS_DIR: join(dataDir, 'checkpoints'),
      CLOUD_IMAGES_CATALOG_URL: http('catalog'),
      CLOUD_IMAGES_MEMBERSHIP_URL: http('membership'),
      CLOUD_IMAGES_TASK_WORKER_URL: http('task-worker'),
      CLOUD_IMAGES_GATEWAY_URL: `http://127.0.0.1:${innerPort}`,
      CLOUD_IMAGES_CHECKPOINT_KEYS: checkpointKeys,
    },
    gateway: {
      ...database,
      ...blobs,
      CLOUD_IMAGES_INNER_PORT: String(innerPort),
      CLOUD_IMAGES_CATALOG_URL: http('catalog'),
      CLOUD_IMAGES_MEMBERSHIP_URL: http('membership'),
      CLOUD_IMAGES_TASK_WORKER_URL: http('task-worker'),
      CLOUD_IMAGES_AUDIT_URL: http('audit'),
      CLOUD_IMAGES_IDENTITY: identityFile,
      CLOUD_IMAGES_TOKEN_SECRET_FILE: tokenSecret,
    },
  };
  return {
    CLOUD_IMAGES_LISTEN_HOST: service === 'gateway' ? host : '127.0.0.1',
    CLOUD_IMAGES_LISTEN_PORT: String(ports[service]),
    CLOUD_IMAGES_SERVICE_KEY: keys.privateKeys[service],
    CLOUD_IMAGES_SERVICE_PUBLIC_KEYS: keys.publicKeys,
    CLOUD_IMAGES_PUBLIC_URL: publicUrl,
    // They share one host here: the first of as many ports as there are services.
    ...(metricsPort > 0 ? { CLOUD_IMAGES_METRICS_PORT: String(metricsPort + serviceNames.indexOf(service)) } : {}),
    ...own[service],
  };
}
