import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventCatalogue } from './catalogue.js';
import { breaksOf, type FieldSchema } from './compatibility.js';
import { upcasters } from './upcast.js';

interface Published {
  readonly schema: FieldSchema;
  /** sha256 of the file of its sample. */
  readonly sample: string;
}

const directory = import.meta.dirname;
const published = JSON.parse(readFileSync(join(directory, 'published.json'), 'utf8')) as Record<string, Published>;
const object = (properties: Record<string, FieldSchema>, optional: readonly string[] = []): FieldSchema => ({
  type: 'object',
  properties,
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
});
const text = { type: 'string' };
const nullable = { anyOf: [text, { type: 'null' }] };

describe('what was published', () => {
  it.each(Object.keys(published))('%s: who reads it reads what is written today', (name) => {
    const [, type = '', version = ''] = /^(\w+)\.v(\d+)$/.exec(name) ?? [];
    const now = eventCatalogue.get(type);
    if (now === undefined) throw new Error(`${name} was published, and is no event any more`);
    if (now.version === Number(version)) {
      expect(breaksOf((published[name] as Published).schema, now.schema as FieldSchema)).toEqual([]);
    } else {
      // Its readers are told by another ce_type; our own lift what they find of it.
      expect(now.version).toBeGreaterThan(Number(version));
      expect(upcasters[type]).toHaveLength(now.version - 1);
    }
  });

  it.each(Object.entries(published))('%s: its sample is what it was', (name, { sample }) => {
    const file = readFileSync(join(directory, 'samples', `${name}.json`));
    expect(createHash('sha256').update(file).digest('hex')).toBe(sample);
  });

  it('is every event of today, once a release was made of it', () => {
    expect(Object.keys(published).length).toBeGreaterThanOrEqual(20);
  });
});

describe('a change of an event', () => {
  it.each<[string, FieldSchema, FieldSchema]>([
    ['nothing', object({ a: text }), object({ a: text })],
    ['another description', object({ a: text }), object({ a: { ...text, description: 'more' } })],
    ['a new field', object({ a: text }), object({ a: text, b: text })],
    ['a new field that may be missing', object({ a: text }), object({ a: text, b: text }, ['b'])],
    ['a field that is now always there', object({ a: text }, ['a']), object({ a: text })],
    ['fewer values', { enum: ['a', 'b'] }, { enum: ['a'] }],
    ['one value of many', { enum: ['a', 'b'] }, { const: 'b' }],
    ['one value of a type', text, { const: 'b' }],
    ['never null any more', nullable, text],
    ['the same in another order', nullable, { anyOf: [{ type: 'null' }, text] }],
    ['an integer for a number', { type: 'number' }, { type: 'integer' }],
    ['a higher minimum', { type: 'integer', minimum: 0 }, { type: 'integer', minimum: 1 }],
  ])('breaks nobody: %s', (_, older, newer) => {
    expect(breaksOf(older, newer)).toEqual([]);
  });

  it.each<[string, FieldSchema, FieldSchema, RegExp]>([
    ['a field is gone', object({ a: text, b: text }), object({ a: text }), /^data\.b: was always there$/],
    ['an optional field is gone', object({ a: text }, ['a']), object({}), /^data\.a: is gone$/],
    ['a field may be missing', object({ a: text }), object({ a: text }, ['a']), /^data\.a: was always there$/],
    ['a field has another type', object({ a: text }), object({ a: { type: 'integer' } }), /^data\.a: may be integer$/],
    ['a field may be null', object({ a: text }), object({ a: nullable }), /^data\.a: may be null$/],
    ['a new value', object({ a: { enum: ['x'] } }), object({ a: { enum: ['x', 'y'] } }), /^data\.a: may be "y"$/],
    ['any value', { enum: ['x'] }, text, /^data: may be "string"$/],
    ['another constant', { const: 'x' }, { const: 'y' }, /^data: may be "y"$/],
    ['a third kind', nullable, { anyOf: [text, { type: 'null' }, { type: 'integer' }] }, /could not be before$/],
    ['a lower minimum', { type: 'integer', minimum: 0 }, { type: 'integer' }, /^data: may be below 0$/],
    ['other items', { type: 'array', items: text }, { type: 'array', items: nullable }, /^data\[\]: may be null$/],
    [
      'other values of a map',
      { type: 'object', patternProperties: { '^.*$': text } },
      { type: 'object', patternProperties: { '^.*$': nullable } },
      /^data\.\*: may be null$/,
    ],
    ['deeper down', object({ a: object({ b: text }) }), object({ a: object({}) }), /^data\.a\.b: was always there$/],
    ['a word that is not known here', text, { ...text, format: 'date' } as FieldSchema, /does not know it$/],
    ['anything instead of a text', text, {}, /^data: may be anything$/],
  ])('is refused: %s', (_, older, newer, why) => {
    expect(breaksOf(older, newer)).toEqual([expect.stringMatching(why)]);
  });
});
