import { createHash } from 'node:crypto';
import { cloudEventType, eventCatalogue, topicOf, type EventDefinition, type EventKind } from '@cloud-images/contracts';

const style = `
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; color: #1c2430 }
h1 { font-size: 1.4rem } h2 { font-size: 1.1rem } details { border: 1px solid #cfd6e0; border-radius: 6px; margin: .4rem 0; padding: .4rem .8rem }
summary { cursor: pointer } code, pre { font: 13px/1.4 ui-monospace, monospace }
pre { background: #f3f5f8; padding: .6rem; overflow: auto }`;

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (text: string): string => text.replaceAll(/[&<>"]/g, (character) => entities[character] as string);
const json = (value: unknown): string => `<pre>${escaped(JSON.stringify(value, null, 2))}</pre>`;

function eventOf({ kind, type, version, summary, schema, sample }: EventDefinition): string {
  return `<details><summary><b>${type}</b> ${escaped(summary)}</summary>
<p><code>ce_type: ${cloudEventType(kind, type, version)}</code></p>${json(sample)}
<details><summary>JSON Schema</summary>${json(schema)}</details></details>`;
}

function topic(kind: EventKind): string {
  const events = [...eventCatalogue.values()].filter((one) => one.kind === kind);
  return `<h2>Topic <code>${topicOf[kind]}</code></h2>\n${events.map(eventOf).join('\n')}`;
}

/** All events to be read by people; a page without a script. */
export const eventsPage = {
  policy: `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  html: `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Cloud Images events</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>${style}</style></head>
<body><h1>Cloud Images events</h1>
<p>For programs: <a href="/asyncapi.json">asyncapi.json</a> (AsyncAPI 3). Messages are CloudEvents 1.0 in Kafka's binary mode: the data is
the value, the rest is in headers. The calls that search, follow, export and prove events are on <a href="/docs">the page of the API</a>.</p>
${(Object.keys(topicOf) as EventKind[]).map(topic).join('\n')}
</body></html>
`,
};
