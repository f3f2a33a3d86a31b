import { Refusal } from '@cloud-images/contracts';

/** What people may change of an image beside its own properties. */
export const baseAttributes = [
  'name',
  'visibility',
  'protected',
  'os_hidden',
  'owner',
  'container_format',
  'disk_format',
  'min_disk',
  'min_ram',
  'tags',
] as const;
export type BaseAttribute = (typeof baseAttributes)[number];

const base: ReadonlySet<string> = new Set(baseAttributes);
export const isBaseAttribute = (name: string): name is BaseAttribute => base.has(name);

const readOnly: ReadonlySet<string> = new Set([
  'id',
  'status',
  'size',
  'virtual_size',
  'checksum',
  'os_hash_algo',
  'os_hash_value',
  'created_at',
  'updated_at',
  'self',
  'file',
  'schema',
  'stores',
  'direct_url',
  'locations',
  'standard',
]);

/** A name that is no custom property's. */
export const isBaseName = (name: string): boolean => base.has(name) || readOnly.has(name);
const reserved: ReadonlySet<string> = new Set(['location', 'deleted', 'deleted_at']);
const reservedPrefixes = ['os_glance', 'com.rackspace'];

/** Throws the refusal for a name that only the service itself may set. */
export function assertWritable(name: string): void {
  if (readOnly.has(name)) throw new Refusal('read-only-attribute', `Attribute '${name}' is read-only.`);
  if (reserved.has(name) || reservedPrefixes.some((prefix) => name.startsWith(prefix))) {
    throw new Refusal('reserved-attribute', `Attribute '${name}' is reserved.`);
  }
}
