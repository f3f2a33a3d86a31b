import { checkpointTopic, cloudEventType, topicOf } from '../topics.js';
import { eventCatalogue } from './catalogue.js';
import type { EventDefinition, EventKind } from './definition.js';

const text = (description: string, more: object = {}) => ({ type: 'string', description, ...more });
const whole = (description: string) => text(`${description}; decimal digits`, { pattern: '^[0-9]+$' });
const uuid = (description: string) => text(description, { format: 'uuid' });

/** What every event carries beside its data: CloudEvents 1.0, binary mode; Kafka headers are texts. */
const eventHeaders = {
  type: 'object',
  required: [
    'content-type',
    'ce_specversion',
    'ce_id',
    'ce_source',
    'ce_type',
    'ce_time',
    'ce_subject',
    'ce_stream',
    'ce_streamversion',
    'ce_number',
    'ce_actor',
    'ce_requestid',
    'ce_correlationid',
  ],
  properties: {
    'content-type': { const: 'application/json' },
    ce_specversion: { const: '1.0' },
    ce_id: uuid('The event; the same each time it is sent: what was taken already is skipped by it'),
    ce_source: uuid('The log that it was recorded in'),
    ce_type: text('`cloud-images.<kind>.<event>.v<version of its data>`'),
    ce_time: text('When it was recorded; UTC, microseconds', { format: 'date-time' }),
    ce_subject: text('Id of the image, or of the task, in lowercase, or of the project; the key of the message too'),
    ce_stream: text(
      'All events of one image, of its members, of one task, or of the security of one project are a stream',
    ),
    ce_streamversion: whole('Its place in the stream: 1, 2, 3 … without a gap'),
    ce_number: whole('Its place in the log: 1, 2, 3 … without a gap; who has 1 to n has all up to n'),
    ce_position: whole('Orders the log together with ce_transactionid'),
    ce_transactionid: whole('Orders the log'),
    ce_actor: text('JSON: `user`, `project`, `roles`, and `via`: the service that vouched for them'),
    ce_requestid: text('The request that did it, as its answer named it'),
    ce_correlationid: text('The id that the client gave to the request, else the same as ce_requestid'),
    ce_causationid: uuid('The event that led to this one'),
    ce_contextdigest: text('Covers who asked from where; those details do not travel', { pattern: '^[0-9a-f]{64}$' }),
    ce_traceparent: text('W3C trace context'),
  },
};

const checkpoint = {
  name: 'CheckpointSigned',
  title: 'CheckpointSigned',
  summary: 'The ledger of all events has this size and this root; signed.',
  contentType: 'application/json',
  payload: {
    type: 'object',
    required: ['ledger', 'size', 'root', 'time', 'previous', 'key_id', 'signature'],
    properties: {
      ledger: uuid('Which ledger; the key of the message too'),
      size: { type: 'integer', minimum: 1 },
      root: text('Of the RFC 6962 tree over the first `size` events', { pattern: '^[0-9a-f]{64}$' }),
      time: text('When it was signed', { format: 'date-time' }),
      previous: { type: ['string', 'null'], description: 'sha256 of what was signed of the checkpoint before' },
      key_id: text('The key; all of them are at `/v1/keys`'),
      signature: text('Ed25519, base64'),
    },
  },
};

const about: Readonly<Record<EventKind, string>> = {
  image: 'Everything that happens to images. The events of an image keep their order.',
  member: 'Whom images are shared with, and what they answer. The events of an image keep their order.',
  task: 'Imports, exports and what else takes time. The events of a task keep their order.',
  security:
    'Who was refused, who read image data, who sent too much. Kept for 30 days. The events of a project keep their order.',
};

const keyOf: Readonly<Record<EventKind, string>> = {
  image: 'Id of the image, in lowercase',
  member: 'Id of the image, in lowercase',
  task: 'Id of the task, in lowercase',
  security: 'Id of the project, or `unknown`',
};

/** AsyncAPI 3.0 of all topics, from the table of events. `publicUrl` is where the gateway is. */
export function asyncApi(
  publicUrl: string,
  definitions: Iterable<EventDefinition> = eventCatalogue.values(),
): Readonly<Record<string, unknown>> {
  const all = [...definitions];
  const kinds = Object.keys(topicOf) as EventKind[];
  const channels = kinds.map(
    (kind) =>
      [
        kind,
        channel(
          kind,
          all.filter((one) => one.kind === kind),
        ),
      ] as const,
  );
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Cloud Images events',
      version: '1.0.0',
      description:
        'Every change of an image, of its members or of a task is an event, recorded before the change is acknowledged and ' +
        'published in the order of its log. A message may come again, with the same ce_id. Fields may be added to any version ' +
        'of an event; anything else is a new version, with another ce_type.',
      externalDocs: { description: 'The HTTP API', url: `${publicUrl}/docs` },
    },
    defaultContentType: 'application/json',
    channels: {
      ...Object.fromEntries(channels),
      checkpoint: {
        address: checkpointTopic,
        description: 'Signed sizes and roots of the ledger of all events. One partition, kept for ever.',
        messages: { CheckpointSigned: { $ref: '#/components/messages/CheckpointSigned' } },
        bindings: { kafka: { topic: checkpointTopic, partitions: 1 } },
      },
    },
    operations: Object.fromEntries(
      [...kinds, 'checkpoint'].map((name) => [
        `follow${name[0]?.toUpperCase()}${plural(name).slice(1)}`,
        {
          action: 'send',
          channel: { $ref: `#/channels/${name}` },
          summary: `Published to who follows ${plural(name)}`,
        },
      ]),
    ),
    components: {
      messages: {
        ...Object.fromEntries(all.map((definition) => [nameOf(definition), message(definition)])),
        CheckpointSigned: checkpoint,
      },
      messageTraits: { cloudEvent: { headers: eventHeaders } },
    },
  };
}

const plural = (name: string): string => (name === 'security' ? name : `${name}s`);
const nameOf = ({ type, version }: EventDefinition): string => `${type}.v${version}`;

function channel(kind: EventKind, definitions: readonly EventDefinition[]): object {
  const address = topicOf[kind];
  return {
    address,
    description: about[kind],
    messages: Object.fromEntries(
      definitions.map((one) => [nameOf(one), { $ref: `#/components/messages/${nameOf(one)}` }]),
    ),
    bindings: { kafka: { topic: address } },
  };
}

function message(definition: EventDefinition): object {
  const { kind, type, version, summary, schema, sample } = definition;
  return {
    name: cloudEventType(kind, type, version),
    title: type,
    summary,
    contentType: 'application/json',
    traits: [{ $ref: '#/components/messageTraits/cloudEvent' }],
    payload: JSON.parse(JSON.stringify(schema)) as object,
    bindings: { kafka: { key: { type: 'string', description: keyOf[kind] } } },
    examples: [{ name: nameOf(definition), payload: sample }],
  };
}
