import { isBaseName } from './attribute-names.js';
import { withoutHidden, type PropertyProtections } from './property-protections.js';
import { hasStandards, isStandard, isStandardProperty, standingOf, type StandardOptions } from './standard.js';

/** What of a shown image depends on who asks; kept out of what is stored. */
export interface ShownTo {
  readonly protections: PropertyProtections;
  readonly standards: StandardOptions;
}

const alwaysShown = (name: string): boolean => isBaseName(name) || isStandardProperty(name);

/**
 * Rendered images (one, or several by commas) as a caller with these roles sees them now: without protected properties,
 * and with `standard` where the site has such images. Where it has neither, the text as it is.
 */
export function shownTo(documents: string, roles: readonly string[], { protections, standards }: ShownTo): string {
  const shown = withoutHidden(documents, alwaysShown, { protections, roles });
  if (!hasStandards(standards)) return shown;
  const standing = standingOf(standards, roles);
  const now = `${new Date().toISOString().slice(0, 19)}Z`;
  const images = JSON.parse(`[${shown}]`) as Record<string, unknown>[];
  return images.map((image) => JSON.stringify({ ...image, standard: isStandard(image, standing, now) })).join(',');
}
