import { readFileSync } from 'node:fs';
import { topicOf } from '@cloud-images/contracts';
import type { MessageBusOptions } from './create-message-bus.js';
import type { KafkaBusOptions } from './kafka/bus.js';

/** Which bus, as it is configured. A service's configuration has these properties among its own. */
export interface BusSettings {
  readonly busKind: string;
  readonly busUrl: string;
  readonly kafkaBrokers: readonly string[];
  readonly kafkaClientId: string;
  readonly kafkaTls: boolean;
  readonly kafkaCaFile: string;
  readonly kafkaSaslMechanism: string;
  readonly kafkaSaslUsername: string;
  readonly kafkaSaslPasswordFile: string;
  readonly kafkaReplicationFactor: number;
  readonly kafkaMinInsyncReplicas: number;
  readonly kafkaSecurityRetentionDays: number;
}

/** Reads the files that the settings name. With `onTrouble`, as a service has it, nobody waits for a bus that is away. */
export function busOptions(
  settings: BusSettings,
  applicationName: string,
  onTrouble?: (error: unknown) => void,
): MessageBusOptions {
  if (settings.busKind === 'embedded') return { kind: 'embedded', connectionString: settings.busUrl, applicationName };
  if (settings.busKind !== 'kafka')
    throw new Error(`no bus of kind ${settings.busKind}: embedded and kafka are the ones`);
  return {
    kind: 'kafka',
    brokers: settings.kafkaBrokers,
    clientId: settings.kafkaClientId || `cloud-images-${applicationName}`,
    replicationFactor: settings.kafkaReplicationFactor,
    minInsyncReplicas: settings.kafkaMinInsyncReplicas,
    retentionDays: { [topicOf.security]: settings.kafkaSecurityRetentionDays },
    ...tlsOf(settings),
    ...saslOf(settings),
    ...(onTrouble ? { onTrouble } : {}),
  };
}

function tlsOf({ kafkaTls, kafkaCaFile }: BusSettings): Pick<KafkaBusOptions, 'tls'> {
  if (!kafkaTls) return {};
  return { tls: kafkaCaFile === '' ? {} : { ca: readFileSync(kafkaCaFile, 'utf8') } };
}

function saslOf(settings: BusSettings): Pick<KafkaBusOptions, 'sasl'> {
  if (settings.kafkaSaslMechanism === '') return {};
  return {
    sasl: {
      mechanism: settings.kafkaSaslMechanism as 'plain' | 'scram-sha-256' | 'scram-sha-512',
      username: settings.kafkaSaslUsername,
      password: readFileSync(settings.kafkaSaslPasswordFile, 'utf8').trimEnd(),
    },
  };
}
