import {
  ArrayNotEmpty,
  IsBoolean,
  IsIn,
  IsInt,
  IsString,
  Matches,
  Max,
  Min,
  ValidateBy,
  ValidateIf,
} from 'class-validator';
import { ServiceConfig } from './service-config.js';

const busKinds = ['embedded', 'kafka'];
const saslMechanisms = ['plain', 'scram-sha-256', 'scram-sha-512'];
const address = /^(?:[\w.-]+|\[[\da-f:]+\]):\d{1,5}$/i;

interface Chosen {
  readonly busKind: string;
  readonly kafkaSaslMechanism: string;
  readonly kafkaReplicationFactor: number;
}
const onEmbedded = ValidateIf(({ busKind }: Chosen) => busKind !== 'kafka');
const onKafka = ValidateIf(({ busKind }: Chosen) => busKind === 'kafka');
const withSasl = ValidateIf(
  ({ busKind, kafkaSaslMechanism }: Chosen) => busKind === 'kafka' && kafkaSaslMechanism !== '',
);

/** More copies in sync than there are copies: then nothing could ever be published. */
const NotAboveReplicationFactor = () =>
  ValidateBy({
    name: 'notAboveReplicationFactor',
    validator: {
      validate: (value, args) => Number(value) <= (args?.object as Chosen).kafkaReplicationFactor,
      defaultMessage: () => '$property must not be above the replication factor',
    },
  });

/** The configuration of a service that is on the bus: its own, and which bus. */
export class ServiceOnBusConfig extends ServiceConfig {
  @IsIn(busKinds)
  busKind!: string;

  /** How long it is kept beside the log who a request came from: names, address, agent. Days. */
  @IsInt()
  @Min(1)
  @Max(36_500)
  requestContextDays: number = 90;

  /** PostgreSQL's, of the `embedded` kind. */
  @onEmbedded
  @IsString()
  busUrl!: string;

  /** `host:port` of some of the cluster's brokers. */
  @onKafka
  @ArrayNotEmpty()
  @Matches(address, { each: true, message: 'kafkaBrokers must each be host:port' })
  kafkaBrokers!: string[];

  /** Empty: the service's name. */
  @onKafka
  @IsString()
  kafkaClientId: string = '';

  @onKafka
  @IsBoolean()
  kafkaTls: boolean = false;

  /** PEM, of a private certificate authority. */
  @onKafka
  @IsString()
  kafkaCaFile: string = '';

  @withSasl
  @IsIn(saslMechanisms)
  kafkaSaslMechanism: string = '';

  @withSasl
  @IsString()
  kafkaSaslUsername!: string;

  @withSasl
  @IsString()
  kafkaSaslPasswordFile!: string;

  /** Of a topic that is not there yet. */
  @IsInt()
  @Min(1)
  @Max(1_000)
  kafkaPartitions: number = 12;

  @onKafka
  @IsInt()
  @Min(1)
  @Max(9)
  kafkaReplicationFactor: number = 1;

  /** Copies that must have a message before it counts as published. */
  @onKafka
  @IsInt()
  @Min(1)
  @NotAboveReplicationFactor()
  kafkaMinInsyncReplicas: number = 1;

  @onKafka
  @IsInt()
  @Min(1)
  kafkaSecurityRetentionDays: number = 30;
}
