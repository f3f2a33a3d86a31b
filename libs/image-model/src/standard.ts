import { Refusal, isOperator, type Identity } from '@cloud-images/contracts';

// Standard images: those that the cloud's operator supports for an account's service level, or for customers of
// RackConnect, until their end of life. Marked by properties that admins write and everyone reads. Whether an image is
// standard depends on who asks and when, so it is said when it is shown, and never stored.

export const standardProperties = ['standard_service_levels', 'standard_rackconnect', 'end_of_life'] as const;
const reserved: ReadonlySet<string> = new Set(standardProperties);

export const isStandardProperty = (name: string): boolean => reserved.has(name);

export function assertMayMark(name: string, author: Identity): void {
  if (isOperator(author)) return;
  throw new Refusal(
    'reserved-attribute',
    `Attribute '${name}' is reserved: administrators mark standard images by it.`,
  );
}

/** What an account is entitled to, by its roles. */
export interface Standing {
  readonly levels: readonly string[];
  readonly rackconnect: boolean;
}

export interface StandardOptions {
  /** Role → service level. */
  readonly levelOf: ReadonlyMap<string, string>;
  /** Whoever has one of them is a customer of RackConnect. */
  readonly rackconnectRoles: ReadonlySet<string>;
}

/** Whether the site has standard images at all. */
export const hasStandards = ({ levelOf, rackconnectRoles }: StandardOptions): boolean =>
  levelOf.size > 0 || rackconnectRoles.size > 0;

export const standingOf = ({ levelOf, rackconnectRoles }: StandardOptions, roles: readonly string[]): Standing => ({
  levels: [...new Set(roles.flatMap((role) => levelOf.get(role) ?? []))],
  rackconnect: roles.some((role) => rackconnectRoles.has(role)),
});

/** Service levels as the property has them: by commas. */
export const levelsIn = (value: string): string[] =>
  value
    .split(',')
    .map((level) => level.trim())
    .filter((level) => level !== '');

/** Of a shown image; `now` as `YYYY-MM-DDThh:mm:ssZ`, which compares as text. */
export function isStandard(image: Readonly<Record<string, unknown>>, standing: Standing, now: string): boolean {
  if (image['visibility'] !== 'public') return false;
  const { standard_service_levels: levels, standard_rackconnect: rackconnect, end_of_life: end } = image;
  if (typeof end === 'string' && end <= now) return false;
  if (standing.rackconnect && rackconnect === 'true') return true;
  return typeof levels === 'string' && levelsIn(levels).some((level) => standing.levels.includes(level));
}
