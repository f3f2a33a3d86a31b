import { readBusSettings, readMigrationSettings } from './config.js';

describe('the configuration of the bus’s own programs', () => {
  const kafka = { CLOUD_IMAGES_BUS_KIND: 'kafka', CLOUD_IMAGES_KAFKA_BROKERS: 'one:9092, two:9092' };

  it('given Kafka and its brokers, then the rest has defaults', () => {
    expect(readMigrationSettings(kafka)).toMatchObject({
      busKind: 'kafka',
      kafkaBrokers: ['one:9092', 'two:9092'],
      kafkaTls: false,
      kafkaPartitions: 12,
      kafkaReplicationFactor: 1,
      kafkaSecurityRetentionDays: 30,
    });
  });

  it('given the embedded bus, then it asks for its database only', () => {
    expect(readBusSettings({ CLOUD_IMAGES_BUS_URL: 'postgres://bus' })).toMatchObject({ busKind: 'embedded' });
    expect(() => readBusSettings({})).toThrow(/BUS_URL is not set/);
    expect(() => readMigrationSettings({})).toThrow(/OWNER_URL is not set\n.*DATABASE_ROLE is not set/);
  });

  it('names all problems at once, and no value', () => {
    const env = {
      ...kafka,
      CLOUD_IMAGES_KAFKA_BROKERS: '',
      CLOUD_IMAGES_KAFKA_TLS: 'secret-1',
      CLOUD_IMAGES_KAFKA_SASL_MECHANISM: 'secret-2',
      CLOUD_IMAGES_KAFKA_PARTITIONS: 'secret-3',
      CLOUD_IMAGES_KAFKA_MIN_INSYNC_REPLICAS: '2',
    };
    let message = '';
    try {
      readMigrationSettings(env);
    } catch (error) {
      message = String(error);
    }
    for (const name of ['BROKERS', 'TLS', 'SASL_MECHANISM', 'SASL_USERNAME', 'PARTITIONS', 'MIN_INSYNC_REPLICAS'])
      expect(message).toContain(`CLOUD_IMAGES_KAFKA_${name} `);
    expect(message).not.toContain('secret');
  });
});
