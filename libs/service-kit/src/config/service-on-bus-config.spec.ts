import { ConfigError, loadConfig } from './load-config.js';
import { ServiceOnBusConfig } from './service-on-bus-config.js';

const service = {
  CLOUD_IMAGES_LISTEN_PORT: '0',
  CLOUD_IMAGES_SERVICE_KEY: 'key.pem',
  CLOUD_IMAGES_SERVICE_PUBLIC_KEYS: 'keys',
  CLOUD_IMAGES_PUBLIC_URL: 'http://images.example',
};
const kafka = { ...service, CLOUD_IMAGES_BUS_KIND: 'kafka', CLOUD_IMAGES_KAFKA_BROKERS: 'one:9092, [::1]:9093' };

describe('the configuration of a service on the bus', () => {
  const problemsOf = (env: Record<string, string>): readonly string[] => {
    try {
      loadConfig(ServiceOnBusConfig, env);
      return [];
    } catch (error) {
      return (error as ConfigError).problems;
    }
  };

  it('given the embedded bus, then only its database is asked for', () => {
    const env = { ...service, CLOUD_IMAGES_BUS_KIND: 'embedded' };
    expect(problemsOf(env)).toEqual(['CLOUD_IMAGES_BUS_URL is not set']);
    expect(problemsOf({ ...env, CLOUD_IMAGES_BUS_URL: 'postgres://bus' })).toEqual([]);
  });

  it('given Kafka, then its brokers are asked for, and no database', () => {
    expect(problemsOf(kafka)).toEqual([]);
    expect(loadConfig(ServiceOnBusConfig, kafka).kafkaBrokers).toEqual(['one:9092', '[::1]:9093']);
    expect(problemsOf({ ...service, CLOUD_IMAGES_BUS_KIND: 'kafka' })).toEqual([
      'CLOUD_IMAGES_KAFKA_BROKERS is not set',
    ]);
  });

  it.each([
    ['a broker without a port', { KAFKA_BROKERS: 'one' }, ['KAFKA_BROKERS']],
    ['no broker among commas', { KAFKA_BROKERS: ' , ' }, ['KAFKA_BROKERS']],
    ['TLS that is neither on nor off', { KAFKA_TLS: 'perhaps' }, ['KAFKA_TLS']],
    [
      'a mechanism that there is not',
      { KAFKA_SASL_MECHANISM: 'magic', KAFKA_SASL_USERNAME: 'u', KAFKA_SASL_PASSWORD_FILE: 'f' },
      ['KAFKA_SASL_MECHANISM'],
    ],
    [
      'a mechanism without credentials',
      { KAFKA_SASL_MECHANISM: 'plain' },
      ['KAFKA_SASL_USERNAME', 'KAFKA_SASL_PASSWORD_FILE'],
    ],
    ['more copies in sync than copies', { KAFKA_MIN_INSYNC_REPLICAS: '2' }, ['KAFKA_MIN_INSYNC_REPLICAS']],
    ['no partitions', { KAFKA_PARTITIONS: '0' }, ['KAFKA_PARTITIONS']],
  ])('given %s, then it is refused by name', (_what, changed, names) => {
    const env = Object.fromEntries(Object.entries(changed).map(([name, value]) => [`CLOUD_IMAGES_${name}`, value]));
    const problems = problemsOf({ ...kafka, ...env });
    expect(problems.map((problem) => problem.split(' ')[0])).toEqual(
      expect.arrayContaining(names.map((name) => `CLOUD_IMAGES_${name}`)),
    );
    expect(new Set(problems.map((problem) => problem.split(' ')[0])).size).toBe(names.length);
  });

  it('given a kind that there is not, then it is refused', () => {
    expect(problemsOf({ ...kafka, CLOUD_IMAGES_BUS_KIND: 'pigeon' }).join()).toContain('CLOUD_IMAGES_BUS_KIND must be');
  });
});
