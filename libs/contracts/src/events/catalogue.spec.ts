import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventCatalogue } from './catalogue.js';
import { describeEvents } from './describe-events.js';
import type { RecordedEvent } from './event.js';
import { readEvent } from './read-event.js';
import { upcasters } from './upcast.js';

const samplesDir = join(import.meta.dirname, 'samples');
const nameOf = (type: string, version: number): string => `${type}.v${version}.json`;

const recorded = (type: string, schema_version: number, data: object): RecordedEvent => ({
  type,
  schema_version,
  data,
  event_id: '0b8e4bd2-3a5c-4f0e-9a61-3c1d2e4f5a6b',
  stream: 'image-9c1f3f0e-8d2a-4c3b-9a55-0d1f5a0b7e11',
  version: 1,
  recorded_at: '2026-11-24T12:00:00.000000Z',
  position: '1',
  transaction_id: '1',
  metadata: {
    actor: { user: 'u', project: 'p', roles: ['member'], via: 'gateway' },
    request_id: 'req-1',
    correlation_id: 'req-1',
  },
});

describe('events, once published', () => {
  const samples = readdirSync(samplesDir).map((file) => {
    const [, type, version] = /^([A-Za-z]+)\.v(\d+)\.json$/.exec(file) ?? [];
    if (type === undefined) throw new Error(`${file} is not named like a sample`);
    return { file, type, version: Number(version), data: JSON.parse(readFileSync(join(samplesDir, file), 'utf8')) };
  });

  it.each(samples.map((sample) => [sample.file, sample] as const))('%s still reads', (_file, sample) => {
    const event = readEvent(recorded(sample.type, sample.version, sample.data));
    expect(event.schema_version).toBe(eventCatalogue.get(sample.type)?.version);
  });

  it('has a frozen sample of every version of every event', () => {
    const published = [...eventCatalogue.values()].flatMap(({ type, version }) =>
      Array.from({ length: version }, (_, before) => nameOf(type, before + 1)),
    );
    expect(samples.map(({ file }) => file).sort()).toEqual(published.sort());
  });

  it.each([...eventCatalogue.values()].map((definition) => [definition.type, definition] as const))(
    '%s: the example in its definition fits its schema, under the name it is filed by',
    (type, definition) => {
      expect(eventCatalogue.get(type)).toBe(definition);
      expect(readEvent(recorded(type, definition.version, definition.sample)).data).toEqual(definition.sample);
    },
  );

  it('can be lifted to the current version from each one before it', () => {
    for (const { type, version } of eventCatalogue.values()) expect(upcasters[type] ?? []).toHaveLength(version - 1);
    for (const type of Object.keys(upcasters)) expect(eventCatalogue.has(type)).toBe(true);
  });

  it('is described for subscribers as it is now (npm run events:docs)', () => {
    const published = readFileSync(join(import.meta.dirname, '../../../../docs/events.md'), 'utf8');
    expect(published).toBe(describeEvents());
  });
});
