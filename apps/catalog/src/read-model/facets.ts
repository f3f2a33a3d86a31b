import { hash } from 'node:crypto';
import { type Image, isListed, levelsIn, type Standing } from '@cloud-images/image-model';

/** What an image can be found by exactly; hashed, because a property's value may be longer than an index entry can be. */
export type Facet = readonly ['tag', string] | readonly ['attribute', string, string] | readonly ['standard', string];

/** Most facets are common to many images: hashing a dozen of them cost as much as all else that a row is made of. */
const known = new Map<string, string>();
const MOST_KNOWN = 10_000;
const LONGEST_KNOWN = 128;

/** 64 bits as decimal text (bigint). Equal facets hash alike; the query checks the image itself for the rest. */
export function facetHash(facet: Facet): string {
  // No text holds a NUL: PostgreSQL could not store it.
  const [kind, name, value] = facet;
  const key = value === undefined ? `${kind}\0${name}` : `${kind}\0${name}\0${value}`;
  const found = known.get(key);
  if (found !== undefined) return found;
  const hashed = hash('sha1', JSON.stringify(facet), 'buffer').readBigInt64BE(0).toString();
  if (known.size >= MOST_KNOWN) known.clear();
  if (key.length <= LONGEST_KNOWN) known.set(key, hashed);
  return hashed;
}

/** By any of which an image that is standard for someone is found. */
export const standardFacets = ({ levels, rackconnect }: Standing): Facet[] => [
  ...levels.map((level) => ['standard', `level:${level}`] as const),
  ...(rackconnect ? [['standard', 'rackconnect'] as const] : []),
];

export function facetsOf(image: Image): string[] {
  if (!isListed(image.status)) return [];
  const facets = new Set<string>();
  for (const tag of image.tags) facets.add(facetHash(['tag', tag]));
  for (const [name, value] of image.properties) facets.add(facetHash(['attribute', name, value]));
  const levels = image.properties.get('standard_service_levels');
  const rackconnect = image.properties.get('standard_rackconnect') === 'true';
  for (const facet of standardFacets({ levels: levels === undefined ? [] : levelsIn(levels), rackconnect })) {
    facets.add(facetHash(facet));
  }
  if (image.data) {
    facets.add(facetHash(['attribute', 'checksum', image.data.checksum]));
    facets.add(facetHash(['attribute', 'os_hash_value', image.data.os_hash_value]));
  }
  // Sorted: the log does not keep the order in which properties were given, and a rebuild must end with equal rows.
  return [...facets].sort();
}

/** Whether `facetsOf` may differ between two states of an image, without hashing them. */
export const facetsDiffer = (before: Image, after: Image): boolean =>
  before.tags !== after.tags ||
  before.properties !== after.properties ||
  before.data !== after.data ||
  isListed(before.status) !== isListed(after.status);
