import { Refusal } from '@cloud-images/contracts';

export type PropertyOperation = 'create' | 'read' | 'update' | 'delete';

/** Says whether someone with these roles may do this to a custom property of this name. */
export interface PropertyProtections {
  may(operation: PropertyOperation, name: string, roles: readonly string[]): boolean;
  /** Whether anything is hidden from anyone. */
  readonly hides: boolean;
}

/** No protections: everyone does everything that they may do to the image. */
export const unprotected: PropertyProtections = { may: () => true, hides: false };

const operations: readonly string[] = ['create', 'read', 'update', 'delete'] satisfies PropertyOperation[];

interface Rule {
  readonly name: RegExp;
  /** null: everyone. */
  readonly roles: ReadonlyMap<string, ReadonlySet<string> | null>;
}

/** What is wrong with a text of protections; never what else it says. */
export class UnusableProtections extends Error {
  override readonly name = 'UnusableProtections';
}

/**
 * Reads protections as Glance's `property-protections.conf` has them (by roles): a section for each pattern of names, in it
 * for each of the four operations a comma list of roles, `@` for everyone, `!` for nobody. The first section whose pattern
 * matches from the beginning of a name counts; a name that none matches is closed to everyone.
 */
export function readProtections(text: string): PropertyProtections {
  const rules = sectionsOf(text).map(ruleOf);
  if (rules.length === 0) return unprotected;
  return {
    hides: true,
    may: (operation, name, roles) => {
      const allowed = rules.find((rule) => rule.name.test(name))?.roles.get(operation);
      return allowed === null || (allowed !== undefined && roles.some((role) => allowed.has(role.toLowerCase())));
    },
  };
}

interface Section {
  readonly pattern: string;
  readonly entries: Map<string, string>;
}

function sectionsOf(text: string): Section[] {
  const sections: Section[] = [];
  for (const [at, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#') || line.startsWith(';')) continue;
    const [, pattern] = /^\[(.+)\]$/.exec(line) ?? [];
    if (pattern !== undefined) {
      sections.push({ pattern, entries: new Map() });
      continue;
    }
    const [, name = '', value = ''] = /^(\w+)\s*[=:]\s*(.*)$/.exec(line) ?? [];
    const section = sections.at(-1);
    if (section === undefined || !operations.includes(name)) {
      throw new UnusableProtections(`line ${at + 1} is neither [pattern] nor one of ${operations.join(', ')} = roles`);
    }
    section.entries.set(name, value);
  }
  return sections;
}

function ruleOf({ pattern, entries }: Section): Rule {
  const missing = operations.filter((operation) => !entries.has(operation));
  if (missing.length > 0) throw new UnusableProtections(`[${pattern}] does not say who may ${missing.join(', ')}`);
  return { name: patternOf(pattern), roles: new Map([...entries].map(([name, value]) => [name, rolesOf(value)])) };
}

function patternOf(pattern: string): RegExp {
  try {
    return new RegExp(`^(?:${pattern})`, 's');
  } catch {
    throw new UnusableProtections(`[${pattern}] is no pattern`);
  }
}

function rolesOf(value: string): ReadonlySet<string> | null {
  const roles = value
    .split(',')
    .map((role) => role.trim().toLowerCase())
    .filter((role) => role !== '');
  if (roles.includes('@') && roles.includes('!')) throw new UnusableProtections('@ and ! exclude each other');
  if (roles.includes('@')) return null;
  return new Set(roles.includes('!') ? [] : roles);
}

/** Throws unless the caller may do this to a property. */
export function assertPropertyOpen(
  protections: PropertyProtections,
  operation: PropertyOperation,
  name: string,
  roles: readonly string[],
): void {
  if (protections.may(operation, name, roles)) return;
  throw new Refusal('property-protected', `Property '${name}' is protected.`);
}

/** A rendered image (or several, by commas) without the properties that the caller may not read. */
export function withoutHidden(
  documents: string,
  isBase: (name: string) => boolean,
  { protections, roles }: { readonly protections: PropertyProtections; readonly roles: readonly string[] },
): string {
  if (!protections.hides) return documents;
  const images = JSON.parse(`[${documents}]`) as Record<string, unknown>[];
  const shown = images.map((image) =>
    JSON.stringify(
      Object.fromEntries(
        Object.entries(image).filter(([name]) => isBase(name) || protections.may('read', name, roles)),
      ),
    ),
  );
  return shown.join(',');
}
