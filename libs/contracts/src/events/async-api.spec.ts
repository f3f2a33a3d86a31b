import { topicOf } from '../topics.js';
import { asyncApi } from './async-api.js';
import { eventCatalogue } from './catalogue.js';

const document = asyncApi('http://images.example') as any;

/** Every `$ref` in it. */
const references = (value: unknown): string[] =>
  typeof value !== 'object' || value === null
    ? []
    : Object.entries(value).flatMap(([name, of]) => (name === '$ref' ? [of as string] : references(of)));

describe('the AsyncAPI document', () => {
  it('names every event once, in the channel of its topic', () => {
    for (const { kind, type, version } of eventCatalogue.values()) {
      const name = `${type}.v${version}`;
      const channels = Object.values<any>(document.channels).filter(({ messages }) => name in messages);
      expect(channels.map(({ address }) => address)).toEqual([topicOf[kind]]);
      expect(document.components.messages[name].payload.type).toBe('object');
    }
  });

  it('points to what is there only', () => {
    const found = references(document);
    expect(found.length).toBeGreaterThan(eventCatalogue.size);
    for (const reference of new Set(found)) {
      const target = reference
        .slice(2)
        .split('/')
        .reduce((at: any, part) => at?.[part], document);
      expect([reference, typeof target]).toEqual([reference, 'object']);
    }
  });

  it('is plain JSON, so that what is served is what was described', () => {
    expect(JSON.parse(JSON.stringify(document))).toEqual(document);
  });
});
