// What a PATCH must do to a queued or active image of an ordinary user, written from the specification (not from the
// product): facts 1.8 and 2. When several operations of one request are wrong, any of their codes is right.

export interface ModelImage {
  readonly base: {
    name: string | null;
    visibility: string;
    protected: boolean;
    os_hidden: boolean;
    container_format: string | null;
    disk_format: string | null;
    min_disk: number;
    min_ram: number;
    tags: ReadonlySet<string>;
  };
  readonly properties: ReadonlyMap<string, string>;
  /** False once the image has data. */
  readonly formatsWritable: boolean;
}

export type MediaType = 'v2.0' | 'v2.1';
export interface Operation {
  readonly op: string;
  readonly path: string;
  /** Absent in a `remove`. */
  readonly value?: unknown;
}
export type Prediction =
  | { readonly accepted: true; readonly image: ModelImage }
  | { readonly accepted: false; readonly statuses: ReadonlySet<number> };

const containerFormats = new Set(['ami', 'ari', 'aki', 'bare', 'ovf', 'ova', 'docker', 'compressed', null]);
const diskFormats = new Set([
  ...['ami', 'ari', 'aki', 'vhd', 'vhdx', 'vmdk', 'raw', 'qcow2', 'vdi', 'iso', 'ploop', null],
]);
const readOnly = new Set([
  ...['id', 'status', 'size', 'virtual_size', 'checksum', 'os_hash_algo', 'os_hash_value', 'created_at'],
  ...['updated_at', 'self', 'file', 'schema', 'direct_url'],
]);
const reserved = (name: string) =>
  ['location', 'deleted', 'deleted_at'].includes(name) || /^(os_glance|com\.rackspace)/.test(name);
const isBase = (name: string, image: ModelImage): name is keyof ModelImage['base'] => Object.hasOwn(image.base, name);
const isCount = (value: unknown) =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 2147483647;
const isText = (value: unknown, most = Infinity): value is string =>
  typeof value === 'string' && value.length <= most && !value.includes('\u0000');

const baseRules: Record<keyof ModelImage['base'], (value: unknown) => boolean> = {
  name: (value) => value === null || (isText(value, 255) && !/[\u{10000}-\u{10ffff}]/u.test(value)),
  visibility: (value) => ['public', 'private', 'shared', 'community'].includes(value as string),
  protected: (value) => typeof value === 'boolean',
  os_hidden: (value) => typeof value === 'boolean',
  container_format: (value) => containerFormats.has(value as string),
  disk_format: (value) => diskFormats.has(value as string),
  min_disk: isCount,
  min_ram: isCount,
  tags: (value) => Array.isArray(value) && value.every((tag) => isText(tag, 255)),
};

/** The single token of a pointer, or null when the pointer is not one that the dialect takes. */
function token(path: string): string | null {
  const match = /^\/([^/]+)$/.exec(path);
  if (!match || /~(?![01])/.test(path) || /[\u0000-\u001f]/.test(path)) return null;
  return (match[1] as string).replaceAll('~1', '/').replaceAll('~0', '~');
}

export function predict(image: ModelImage, media: MediaType, operations: readonly Operation[]): Prediction {
  const statuses = new Set<number>();
  let now = image;
  for (const operation of operations) {
    const result = apply(now, media, operation);
    if (typeof result === 'number') statuses.add(result);
    else now = result;
  }
  if (now.base.tags.size > 128 || now.properties.size > 128) statuses.add(413);
  return statuses.size > 0 ? { accepted: false, statuses } : { accepted: true, image: now };
}

function apply(image: ModelImage, media: MediaType, { op, path, value }: Operation): ModelImage | number {
  if (!['add', 'replace', 'remove'].includes(op)) return 400;
  const name = token(path);
  if (name === null) return 400;
  if (op !== 'remove' && value === undefined) return 400;
  if (readOnly.has(name) || reserved(name) || name === 'owner') return 403;
  if (isBase(name, image)) {
    if (op === 'remove') return 403;
    if (!baseRules[name](value)) return 400;
    if (op === 'add' && media === 'v2.0') return 409;
    if (name === 'visibility' && value === 'public') return 403;
    if (/_format$/.test(name) && !image.formatsWritable) return 403;
    return { ...image, base: { ...image.base, [name]: name === 'tags' ? new Set(value as string[]) : value } };
  }
  return applyProperty(image, media, op, name, value);
}

function applyProperty(image: ModelImage, media: MediaType, op: string, name: string, value: unknown) {
  const there = image.properties.has(name);
  const properties = new Map(image.properties);
  if (op === 'remove') {
    properties.delete(name);
    return there ? { ...image, properties } : 409;
  }
  if (name.length > 255 || !isText(value)) return 400;
  if (name === 'os_distro' && !['debian', 'fedora'].includes(value)) return 400;
  if (op === 'replace' && !there) return 409;
  if (op === 'add' && there && media === 'v2.0') return 409;
  return { ...image, properties: properties.set(name, value) };
}

/** Differences between the model and the entity that the service shows, in words. */
export function differences(image: ModelImage, entity: Record<string, unknown>): string[] {
  const found: string[] = [];
  const shown = new Map(Object.entries(entity));
  for (const [name, value] of Object.entries(image.base)) {
    const actual = name === 'tags' ? [...(shown.get('tags') as string[])].sort().join('|') : (shown.get(name) ?? null);
    const expected = name === 'tags' ? [...(value as Set<string>)].sort().join('|') : value;
    if (actual !== expected) found.push(`${name}: ${JSON.stringify(actual)}, expected ${JSON.stringify(expected)}`);
  }
  for (const [name, value] of image.properties) {
    if (shown.get(name) !== value)
      found.push(`${name}: ${JSON.stringify(shown.get(name))}, expected ${JSON.stringify(value)}`);
  }
  for (const name of shown.keys()) {
    if (!isBase(name, image) && !readOnly.has(name) && name !== 'owner' && !image.properties.has(name)) {
      found.push(`${name} is shown and should not be there`);
    }
  }
  return found;
}
