import { Compile } from 'typebox/schema';

/** The distributions of the concepts page. */
export const osDistros = [
  'arch',
  'centos',
  'debian',
  'fedora',
  'freebsd',
  'gentoo',
  'mandrake',
  'mandriva',
  'mes',
  'msdos',
  'netbsd',
  'netware',
  'openbsd',
  'opensolaris',
  'opensuse',
  'rhel',
  'sled',
  'ubuntu',
  'windows',
] as const;

export interface SchemaOptions {
  /** Values that `os_distro` may have; `any` takes every text, as Glance does. */
  readonly osDistros: readonly string[] | 'any';
  /** Whether images may have properties that the schema does not name; default true. */
  readonly arbitraryProperties?: boolean;
}

// What PostgreSQL can't keep in a text (NUL) or in a document (half a surrogate pair).
const TEXT = '^[^\\u0000\\ud800-\\udfff]*$';
// A name may not need four bytes in UTF-8 either.
const NAME = '^[\\u0001-\\ud7ff\\ue000-\\uffff]*$';
const UUID = '^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$';

const text = (description: string, maxLength: number) => ({
  type: 'string',
  maxLength,
  pattern: TEXT,
  description,
});
const nullableText = (description: string, maxLength: number, pattern = TEXT) => ({
  type: ['null', 'string'],
  maxLength,
  pattern,
  description,
});
const oneOf = (description: string, values: readonly string[]) => ({ type: 'string', enum: values, description });
const nullableOneOf = (description: string, values: readonly string[]) => ({
  type: ['null', 'string'],
  enum: [null, ...values],
  description,
});
const flag = (description: string) => ({ type: 'boolean', description });
const amount = (description: string) => ({ type: 'integer', minimum: 0, maximum: 2147483647, description });
const bytes = (description: string) => ({ type: ['null', 'integer'], minimum: 0, readOnly: true, description });
const readOnly = <T extends object>(schema: T) => ({ ...schema, readOnly: true });
/** A custom property that the field gives a meaning to; clients keep it apart by `is_base`. */
const common = <T extends object>(schema: T) => ({ ...schema, is_base: false });

export const containerFormats = ['ami', 'ari', 'aki', 'bare', 'ovf', 'ova', 'docker', 'compressed'] as const;
export const diskFormats = ['ami', 'ari', 'aki', 'vhd', 'vhdx', 'vmdk', 'raw', 'qcow2', 'vdi', 'iso', 'ploop'] as const;
const statuses = [
  'queued',
  'saving',
  'active',
  'killed',
  'deleted',
  'uploading',
  'importing',
  'pending_delete',
  'deactivated',
];

const properties = (options: SchemaOptions) => ({
  id: { type: 'string', pattern: UUID, description: 'An identifier for the image' },
  name: nullableText('Descriptive name for the image', 255, NAME),
  status: readOnly(oneOf('Status of the image', statuses)),
  visibility: oneOf('Scope of image accessibility', ['community', 'public', 'private', 'shared']),
  protected: flag('If true, image will not be deletable.'),
  os_hidden: flag('If true, image will not appear in default image list response.'),
  owner: nullableText('Owner of the image', 255),
  checksum: readOnly(nullableText('md5 hash of image contents.', 32)),
  os_hash_algo: readOnly(nullableText('Algorithm to calculate the os_hash_value', 64)),
  os_hash_value: readOnly(nullableText('Hexdigest of the image contents using os_hash_algo', 128)),
  size: bytes('Size of image file in bytes'),
  virtual_size: bytes('Virtual size of image in bytes'),
  container_format: nullableOneOf('Format of the container', containerFormats),
  disk_format: nullableOneOf('Format of the disk', diskFormats),
  created_at: readOnly(text('Date and time of image registration', 32)),
  updated_at: readOnly(text('Date and time of the last image modification', 32)),
  tags: {
    type: 'array',
    items: text('A tag', 255),
    description: 'List of strings related to the image',
  },
  min_disk: amount('Amount of disk space (in GB) required to boot image.'),
  min_ram: amount('Amount of ram (in MB) required to boot image.'),
  self: readOnly(text('An image self url', 255)),
  file: readOnly(text('An image file url', 255)),
  schema: readOnly(text('An image schema url', 255)),
  os_distro: common(
    options.osDistros === 'any'
      ? { type: 'string', pattern: TEXT, description: 'Common name of the operating system distribution' }
      : oneOf('Common name of the operating system distribution', options.osDistros),
  ),
  os_version: common({ type: 'string', pattern: TEXT, description: 'Operating system version by its distributor' }),
  ...standard,
});

/** By which admins mark standard images. */
const standard = {
  standard: readOnly(flag('Whether the image is one of the standard images of the calling account.')),
  standard_service_levels: common({
    type: 'string',
    pattern: '^[^\\u0000-\\u001f]{1,1024}$',
    description: 'Service levels, by commas, for which the image is standard; written by administrators',
  }),
  standard_rackconnect: common({
    type: 'string',
    enum: ['true', 'false'],
    description: 'Whether the image is standard for RackConnect customers; written by administrators',
  }),
  end_of_life: common({
    type: 'string',
    pattern: '^\\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\\d|3[01])T(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\dZ$',
    description: 'When the image ceases to be standard (YYYY-MM-DDThh:mm:ssZ); written by administrators',
  }),
};

export interface ImageSchema {
  readonly name: 'image';
  readonly properties: Readonly<Record<string, object>>;
  readonly propertyNames: object;
  readonly additionalProperties: object | false;
  readonly links: readonly object[];
}

/** What `/v2/schemas/image` serves, and what image documents are validated by. */
export const imageSchema = (options: SchemaOptions): ImageSchema => ({
  name: 'image',
  properties: properties(options),
  propertyNames: { maxLength: 255, pattern: TEXT },
  additionalProperties: options.arbitraryProperties === false ? false : { type: 'string', pattern: TEXT },
  links: [
    { rel: 'self', href: '{self}' },
    { rel: 'enclosure', href: '{file}' },
    { rel: 'describedby', href: '{schema}' },
  ],
});

/** The custom properties that the schema names. */
export const namedProperties = (options: SchemaOptions): string[] =>
  Object.entries(properties(options))
    .filter(([, schema]) => 'is_base' in schema)
    .map(([name]) => name);

/** What `/v2/schemas/images` serves. */
export const imagesSchema = (options: SchemaOptions): object => ({
  name: 'images',
  properties: {
    images: { type: 'array', items: imageSchema(options) },
    first: { type: 'string' },
    next: { type: 'string' },
    schema: { type: 'string' },
  },
  links: [
    { rel: 'first', href: '{first}' },
    { rel: 'next', href: '{next}' },
    { rel: 'describedby', href: '{schema}' },
  ],
});

/** Says what is wrong with an image document (any subset of its attributes), or null when it follows the schema. */
export type ImageValidator = (document: object) => string | null;

export function imageValidator(options: SchemaOptions): ImageValidator {
  const schema = { type: 'object', ...imageSchema(options) };
  const compiled = Compile(schema);
  return (document) => (compiled.Check(document) ? null : complaint(compiled.Errors(document)[1]));
}

interface SchemaError {
  readonly schemaPath: string;
  readonly instancePath: string;
  readonly message: string;
}

/** The deepest error names the attribute; values are not echoed. */
function complaint(errors: readonly SchemaError[]): string {
  const [error] = [...errors].sort((a, b) => b.instancePath.length - a.instancePath.length);
  if (error === undefined) return 'The image is not valid.';
  if (error.schemaPath.includes('/propertyNames')) return 'A property name is not valid: at most 255 characters.';
  const where = error.instancePath.slice(1).split('/')[0] ?? '';
  const name = where.replaceAll('~1', '/').replaceAll('~0', '~');
  const rule = error.message.replace('<=', 'at most').replace('>=', 'at least');
  return name === '' ? `The image ${rule}.` : `Attribute '${name}' ${rule}.`;
}
