import { IsIn, IsString, Matches, ValidateBy } from 'class-validator';
import { readProtections, UnusableProtections } from './property-protections.js';
import type { ShownTo } from './shown-to.js';
import type { StandardOptions } from './standard.js';

type Constructor = abstract new (...args: any[]) => object;

const IsProtections = () =>
  ValidateBy({
    name: 'isProtections',
    validator: {
      validate: (text: unknown) => problemOf(text) === null,
      defaultMessage: (args) => `$property: ${problemOf(args?.value)}`,
    },
  });

function problemOf(text: unknown): string | null {
  try {
    readProtections(String(text));
    return null;
  } catch (error) {
    if (error instanceof UnusableProtections) return error.message;
    throw error;
  }
}

/** The settings of every service that shows images: they must be the same for all of them. */
export function withShownImages<Base extends Constructor>(BaseConfig: Base) {
  abstract class ShownImagesConfig extends BaseConfig {
    /** What was never set is left out of an image, or shown as null. */
    @IsIn(['omit', 'null'])
    nullAttributes: 'omit' | 'null' = 'omit';

    /** Who may do what to which properties: the text of a Glance `property-protections.conf` by roles. Empty: no rules. */
    @IsProtections()
    propertyProtections: string = '';

    /** `role=level`: the service level that a role stands for. Without any there are no standard images. */
    @Matches(/^[^=]+=[^=]+$/, { each: true, message: '$property must have entries role=level' })
    serviceLevelRoles: string[] = [];

    /** Roles of RackConnect customers. */
    @IsString({ each: true })
    rackconnectRoles: string[] = [];

    standards(): StandardOptions {
      const pairs = this.serviceLevelRoles.map(
        (entry) => entry.split('=').map((part) => part.trim()) as [string, string],
      );
      return { levelOf: new Map(pairs), rackconnectRoles: new Set(this.rackconnectRoles) };
    }

    /** What of a shown image depends on who asks. */
    shows(): ShownTo {
      return { protections: readProtections(this.propertyProtections), standards: this.standards() };
    }
  }
  return ShownImagesConfig;
}
