import type { Image } from './image.js';

/** Whether attributes that were never set are left out of an image (as the seed says) or shown as null (Glance's way). */
export interface RenderOptions {
  readonly nullAttributes: 'omit' | 'null';
}

/**
 * An image as JSON text that depends neither on the caller nor on the configuration: `document` has what is set, `unset`
 * the members that are null (`,"checksum":null,…`), so that either way of showing an image is a concatenation.
 */
export interface RenderedImage {
  readonly document: string;
  readonly unset: string;
}

/** A state is rendered for the read model and again for the answer. */
const rendered = new WeakMap<Image, RenderedImage>();

export function renderParts(image: Image): RenderedImage {
  const known = rendered.get(image);
  if (known) return known;
  const parts = render(image);
  rendered.set(image, parts);
  return parts;
}

function render(image: Image): RenderedImage {
  const self = `/v2/images/${image.id}`;
  const { data } = image;
  const always = {
    id: image.id,
    status: image.status,
    visibility: image.visibility,
    protected: image.protected,
    os_hidden: image.os_hidden,
    min_disk: image.min_disk,
    min_ram: image.min_ram,
    tags: image.tags,
    created_at: wholeSeconds(image.created_at),
    updated_at: wholeSeconds(image.updated_at),
    self,
    file: `${self}/file`,
    schema: '/v2/schemas/image',
  };
  const perhaps = {
    name: image.name,
    owner: image.owner,
    container_format: image.container_format,
    disk_format: image.disk_format,
    size: (data ?? image.staged)?.size ?? null,
    virtual_size: data?.virtual_size ?? null,
    checksum: data?.checksum ?? null,
    os_hash_algo: data?.os_hash_algo ?? null,
    os_hash_value: data?.os_hash_value ?? null,
  };
  let document = JSON.stringify(always).slice(0, -1);
  let unset = '';
  for (const [name, value] of Object.entries(perhaps)) {
    if (value === null) unset += `,"${name}":null`;
    else document += `,"${name}":${JSON.stringify(value)}`;
  }
  // Member by member: in an object a property named `__proto__` would vanish. Sorted: the log keeps no order of them.
  const properties = [...image.properties].sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [name, value] of properties) document += `,${JSON.stringify(name)}:${JSON.stringify(value)}`;
  return { document: `${document}}`, unset };
}

/** The image as `GET /v2/images/{id}` shows it. */
export function renderImage(image: Image, options: RenderOptions): string {
  const { document, unset } = renderParts(image);
  return options.nullAttributes === 'null' ? withUnset(document, unset) : document;
}

/** A stored document with its unset attributes as null. */
export const withUnset = (document: string, unset: string): string => `${document.slice(0, -1)}${unset}}`;

/** RFC 3339 with microseconds → `YYYY-MM-DDThh:mm:ssZ`, cut and not rounded, so that it is never in the future. */
export const wholeSeconds = (time: string): string => `${time.slice(0, 19)}Z`;

/** Weak: the same version may be shown with and without nulls. */
export const etagOf = (version: number): string => `W/"${version}"`;
