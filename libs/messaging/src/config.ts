import type { BusSettings } from './bus-options.js';

type Environment = Readonly<Record<string, string | undefined>>;

export interface MigrationSettings extends BusSettings {
  /** Of a topic that is not there yet. */
  readonly kafkaPartitions: number;
  /** Of the embedded bus's database, as its owner. */
  readonly ownerUrl: string;
  /** What the services connect as. */
  readonly role: string;
}

const prefix = 'CLOUD_IMAGES_';
const mechanisms = ['', 'plain', 'scram-sha-256', 'scram-sha-512'];

/** For a program that uses the bus. The names are those of a service's own configuration; all problems at once. */
export const readBusSettings = (env: Environment = process.env): BusSettings => settingsOf(env, ['BUS_URL']);

/** For the one that makes it ready. */
export const readMigrationSettings = (env: Environment = process.env): MigrationSettings =>
  settingsOf(env, ['DATABASE_OWNER_URL', 'DATABASE_ROLE']);

function settingsOf(env: Environment, embeddedNeeds: readonly string[]): MigrationSettings {
  const problems: string[] = [];
  const text = (name: string, otherwise = ''): string => env[prefix + name] || otherwise;
  const needed = (name: string): void => {
    if (text(name) === '') problems.push(`${prefix}${name} is not set`);
  };
  const count = (name: string, otherwise: number): number => {
    const value = text(name, String(otherwise));
    if (!/^[1-9]\d*$/.test(value)) problems.push(`${prefix}${name} must be a number above 0`);
    return Number(value);
  };
  const oneOf = (name: string, values: readonly string[], otherwise: string): string => {
    const value = text(name, otherwise);
    if (!values.includes(value)) problems.push(`${prefix}${name} must be one of ${values.filter(Boolean).join(', ')}`);
    return value;
  };
  const busKind = oneOf('BUS_KIND', ['embedded', 'kafka'], 'embedded');
  const mechanism = oneOf('KAFKA_SASL_MECHANISM', mechanisms, '');
  if (busKind === 'kafka') needed('KAFKA_BROKERS');
  else embeddedNeeds.forEach(needed);
  if (mechanism !== '') ['KAFKA_SASL_USERNAME', 'KAFKA_SASL_PASSWORD_FILE'].forEach(needed);
  const settings = {
    busKind,
    busUrl: text('BUS_URL'),
    ownerUrl: text('DATABASE_OWNER_URL'),
    role: text('DATABASE_ROLE'),
    kafkaBrokers: text('KAFKA_BROKERS')
      .split(',')
      .map((one) => one.trim())
      .filter((one) => one !== ''),
    kafkaClientId: text('KAFKA_CLIENT_ID'),
    kafkaTls: ['true', '1'].includes(oneOf('KAFKA_TLS', ['true', '1', 'false', '0'], 'false')),
    kafkaCaFile: text('KAFKA_CA_FILE'),
    kafkaSaslMechanism: mechanism,
    kafkaSaslUsername: text('KAFKA_SASL_USERNAME'),
    kafkaSaslPasswordFile: text('KAFKA_SASL_PASSWORD_FILE'),
    kafkaPartitions: count('KAFKA_PARTITIONS', 12),
    kafkaReplicationFactor: count('KAFKA_REPLICATION_FACTOR', 1),
    kafkaMinInsyncReplicas: count('KAFKA_MIN_INSYNC_REPLICAS', 1),
    kafkaSecurityRetentionDays: count('KAFKA_SECURITY_RETENTION_DAYS', 30),
  };
  if (settings.kafkaMinInsyncReplicas > settings.kafkaReplicationFactor)
    problems.push(`${prefix}KAFKA_MIN_INSYNC_REPLICAS must not be above the replication factor`);
  if (problems.length > 0)
    throw new Error(`the bus is not configured:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  return settings;
}
