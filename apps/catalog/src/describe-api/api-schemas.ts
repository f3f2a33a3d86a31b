import type { ImageSchema } from '../image/image-schema.js';

/** What every image has; the rest is there when it was set. */
const always = [
  'id',
  'status',
  'visibility',
  'protected',
  'tags',
  'created_at',
  'updated_at',
  'self',
  'file',
  'schema',
];

const path = { type: 'string', description: 'A JSON pointer of one token: /name' };
const value = { description: 'What the attribute shall be' };

/** JSON Schemas (2020-12) by name, made of the one that images are validated by. */
export function apiSchemas({ properties, propertyNames, additionalProperties }: ImageSchema) {
  const attributes = { type: 'object', properties, propertyNames, additionalProperties };
  return {
    Image: { ...attributes, required: always },
    NewImage: {
      ...attributes,
      description: 'Read-only attributes are refused; size may be 0, for an image without data.',
    },
    Images: {
      type: 'object',
      required: ['images', 'first', 'schema'],
      properties: {
        images: { type: 'array', items: { $ref: '#/components/schemas/Image' } },
        first: { type: 'string' },
        next: { type: 'string', description: 'There is perhaps more: the page was full' },
        schema: { type: 'string' },
      },
    },
    ImagePatch: {
      type: 'array',
      items: {
        oneOf: [
          {
            type: 'object',
            required: ['op', 'path', 'value'],
            properties: { op: { enum: ['add', 'replace'] }, path, value },
          },
          { type: 'object', required: ['op', 'path'], properties: { op: { const: 'remove' }, path } },
        ],
      },
    },
    OldImagePatch: {
      type: 'array',
      items: {
        oneOf: [
          { type: 'object', required: ['add', 'value'], properties: { add: path, value } },
          { type: 'object', required: ['replace', 'value'], properties: { replace: path, value } },
          { type: 'object', required: ['remove'], properties: { remove: path } },
        ],
      },
    },
    Locations: {
      type: 'array',
      items: {
        type: 'object',
        required: ['url', 'metadata'],
        properties: { url: { type: 'string' }, metadata: { type: 'object' } },
      },
    },
    ImportInfo: { type: 'object', required: ['import-methods'], properties: { 'import-methods': { type: 'object' } } },
    Usage: {
      type: 'object',
      required: ['usage'],
      properties: {
        usage: {
          type: 'object',
          additionalProperties: {
            type: 'object',
            required: ['limit', 'usage'],
            properties: { limit: { type: 'integer', description: '-1: none' }, usage: { type: 'integer', minimum: 0 } },
          },
        },
      },
    },
  };
}
