// Servers that a machine with only Node does not have. A variable names each; where it is not set, `find` may get one for
// the run. The tests that need a server which is not there are left out, and that is said; with `within`, they are some
// of their file only (with-programs.ts).
import { spawnSync } from 'node:child_process';

/** In this order: a later one may rest on an earlier one. `find` returns `{ value, stop? }` or `{ why }`. */
export const realServers = [
  {
    variable: 'CLOUD_IMAGES_TEST_OWN_KAFKA',
    specs: ['libs/messaging/src/kafka/kafka-faults.int.spec.ts'],
    what: 'what the bus does when Kafka restarts, hangs or loses its topics',
    value: '`docker`, or the directory of the jars of a Kafka',
    find: async (say) => {
      const { whyNoBroker } = await import('../../tools/kafka-broker.mjs');
      const why = await whyNoBroker(say);
      return why ? { why } : { value: 'docker' };
    },
  },
  {
    variable: 'CLOUD_IMAGES_TEST_KAFKA',
    specs: ['libs/messaging/src/kafka/kafka.int.spec.ts'],
    what: 'the bus on Kafka',
    value: 'host:port of a broker',
    find: async (say) => {
      if (!process.env.CLOUD_IMAGES_TEST_OWN_KAFKA) return { why: 'none can be started here' };
      const { startKafkaBroker } = await import('../../tools/kafka-broker.mjs');
      say('starting a Kafka');
      const broker = await startKafkaBroker();
      return { value: broker.address, stop: () => broker.remove() };
    },
  },
  {
    variable: 'CLOUD_IMAGES_TEST_S3',
    specs: ['libs/blobs/src/s3/s3.int.spec.ts', 'libs/blobs/src/s3/lost-answers.int.spec.ts'],
    what: 'the S3 blob store on a real server',
    value: 'a URL with credentials, such as http://access:secret@127.0.0.1:9000',
  },
  {
    variable: 'CLOUD_IMAGES_TEST_MINIO',
    specs: ['libs/blobs/src/s3/minio-faults.int.spec.ts', 'libs/blobs/src/s3/minio-settings.int.spec.ts'],
    what: 'the S3 blob store on a MinIO that is killed, and on one that encrypts',
    value: 'the path of a minio program',
  },
  {
    variable: 'CLOUD_IMAGES_TEST_MC',
    specs: ['libs/blobs/src/s3/mc-policies.int.spec.ts'],
    what: 'that the credentials of deploy/minio suffice, and to no more',
    value: 'the path of an mc program; CLOUD_IMAGES_TEST_MINIO beside it',
  },
  {
    variable: 'CLOUD_IMAGES_TEST_QEMU_IMG',
    specs: ['apps/task-worker/src/conversion/converter.int.spec.ts', 'test/acceptance/tasks.spec.ts'],
    within: true,
    what: 'conversions of disk formats',
    value: 'not needed where `qemu-img` is a command',
    find: () => (has('qemu-img') ? { value: 'qemu-img' } : { why: 'there is no qemu-img here (qemu-utils of Debian)' }),
  },
  {
    variable: 'CLOUD_IMAGES_TEST_DECOMPRESSORS',
    specs: ['apps/task-worker/src/conversion/rework.int.spec.ts', 'test/acceptance/imports.spec.ts'],
    within: true,
    what: 'decompression of imports',
    value: 'not needed where gzip, xz and zstd are commands',
    find: () =>
      ['gzip', 'xz', 'zstd'].every(has)
        ? { value: 'gzip, xz, zstd' }
        : { why: 'there is no gzip, xz (xz-utils of Debian) or zstd here' },
  },
];

const has = (program) => spawnSync(program, ['--version']).status === 0;

const isMissing = ({ variable }) => !process.env[variable];

/** Patterns of test files that can't run here; for jest.config.mjs. */
export const specsLeftOut = () =>
  realServers
    .filter((server) => !server.within && isMissing(server))
    .flatMap(({ specs }) => specs.map((spec) => `/${spec.replaceAll('.', '\\.')}$`));

/**
 * Finds what the tests of these paths (patterns as Jest takes them; none: all) need and nobody named. Returns what stays
 * left out, one line each, for people, and what ends the servers that were started.
 */
export async function findServers(patterns, say) {
  const wanted = realServers.filter(({ specs }) => specs.some((spec) => isAskedFor(spec, patterns)));
  const leftOut = [];
  const stops = [];
  for (const { variable, what, value, find } of wanted) {
    if (process.env[variable]) continue;
    const found = find ? await find(say) : {};
    if (found.value) process.env[variable] = found.value;
    else leftOut.push(`${what}, because ${variable} is not set (${value})${found.why ? `, and ${found.why}` : ''}`);
    if (found.stop) stops.push(found.stop);
  }
  return { leftOut, stop: () => Promise.all(stops.map((stop) => stop())) };
}

function isAskedFor(spec, patterns) {
  const paths = patterns.filter((pattern) => !pattern.startsWith('-'));
  return paths.length === 0 || paths.some((path) => new RegExp(path).test(`/${spec}`));
}
