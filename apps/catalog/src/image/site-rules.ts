import { Refusal, type Identity } from '@cloud-images/contracts';
import {
  assertMayMark,
  assertPropertyOpen,
  isStandardProperty,
  type PropertyOperation,
  type PropertyProtections,
} from '@cloud-images/image-model';
import type { ImageValidator } from './image-schema.js';

/** What a site lets people say about images, beyond what every image follows. */
export interface SiteRules {
  readonly valid: ImageValidator;
  readonly protections: PropertyProtections;
  /** The custom properties that there may be; null: any. */
  readonly knownProperties: ReadonlySet<string> | null;
  readonly limitsOf: (project: string | null) => { readonly tags: number; readonly properties: number };
}

/** Throws unless the author may do this to a custom property of this name. */
export function assertProperty(rules: SiteRules, operation: PropertyOperation, name: string, author: Identity): void {
  if (isStandardProperty(name)) return assertMayMark(name, author);
  if (rules.knownProperties !== null && operation !== 'delete' && !rules.knownProperties.has(name)) {
    throw new Refusal('attribute-not-allowed', `This site's images have no attribute '${name}'; see the schema.`);
  }
  assertPropertyOpen(rules.protections, operation, name, author.roles);
}

export function assertWithinLimits(
  counts: { readonly tags: number; readonly properties: number },
  limits: ReturnType<SiteRules['limitsOf']>,
): void {
  if (counts.tags > limits.tags) throw tooMany('tags', limits.tags, counts.tags);
  if (counts.properties > limits.properties) throw tooMany('properties', limits.properties, counts.properties);
}

const tooMany = (what: string, most: number, wanted: number): Refusal =>
  new Refusal('limit-exceeded', `An image can have ${most} ${what} at most; this one would have ${wanted}.`);
