import { cloudEventType, topicOf } from '../topics.js';
import { eventCatalogue } from './catalogue.js';
import type { EventDefinition, EventKind } from './definition.js';

interface FieldSchema {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly FieldSchema[];
  readonly items?: FieldSchema;
  readonly description?: string;
}

const preface = `# Events

<!-- Written by \`npm run events:docs\` from the table in libs/contracts; change it there. -->

Every change is one of these facts, appended to the log of the service that owns it and published in CloudEvents 1.0
binary mode: the value is the data, everything else is in headers. Within a topic the key is the id of the image, of the
task, or of the project, and its events keep their order; a fact may come twice, with the same \`ce_id\`. New fields may appear
in any version; anything else is a new version of the type, and every version ever published stays readable.`;

const intro: Readonly<Record<EventKind, string>> = {
  image: 'Stream `image-<id in lowercase>`, owned by the catalog.',
  member: 'Stream `membership-<image id in lowercase>`, owned by membership.',
  task: 'Stream `task-<id>`, owned by the task-worker; the key is the id of the task.',
  security:
    'Stream `security-<project>`, `security-unknown` where nobody proved to be of one; owned by the gateway, kept for 30 days. ' +
    'What happens often is one event for many: the first is told at once, those like it together within a minute.',
};

/** The document for subscribers, in Markdown; deterministic, so that it can be compared with what is published. */
export function describeEvents(definitions: Iterable<EventDefinition> = eventCatalogue.values()): string {
  const all = [...definitions];
  const sections = (Object.keys(topicOf) as EventKind[]).map((kind) =>
    [
      `## Topic \`${topicOf[kind]}\`\n\n${intro[kind]}`,
      ...all.filter((definition) => definition.kind === kind).map(describe),
    ].join('\n\n'),
  );
  return `${[preface, ...sections].join('\n\n')}\n`;
}

function describe({ kind, type, version, summary, schema, sample }: EventDefinition): string {
  const fields = Object.entries(schema.properties as unknown as Record<string, FieldSchema>);
  return [
    `### ${type}`,
    '',
    summary,
    '',
    `- \`ce_type\`: \`${cloudEventType(kind, type, version)}\``,
    ...fields.map(([name, field]) => `- \`${name}\`: ${typeOf(field)}${explained(field)}`),
    `- for example: \`${JSON.stringify(sample)}\``,
  ].join('\n');
}

function typeOf(field: FieldSchema): string {
  if (field.anyOf) return field.anyOf.map(typeOf).join(' or ');
  if (field.enum) return field.enum.map(code).join(', ');
  if ('const' in field) return code(field.const);
  if (field.type === 'array') return `array of ${typeOf(field.items ?? {})}`;
  return String(field.type ?? 'anything');
}

const code = (value: unknown): string => `\`${JSON.stringify(value)}\``;

function explained(field: FieldSchema): string {
  const description = field.description ?? field.anyOf?.find((one) => one.description)?.description;
  return description ? ` (${description})` : '';
}
