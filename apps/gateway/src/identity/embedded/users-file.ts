import { createHash } from 'node:crypto';
import { parse } from 'yaml';
import { parsePasswordHash, type PasswordHash } from './password.js';
import { inferred } from '../roles.js';
import { stableId } from './uuid5.js';

export interface Domain {
  readonly id: string;
  readonly name: string;
}
export interface Project {
  readonly id: string;
  readonly name: string;
  readonly domain: Domain;
}
export type Secret = { readonly hash: PasswordHash } | { readonly plain: string };
export interface User {
  readonly id: string;
  readonly name: string;
  readonly domain: Domain;
  readonly secret: Secret;
  /** For the identity API v2.0; null: the user has none. */
  readonly apiKey: Secret | null;
  /** Changes with the password or the API key, so that a token issued under another one is refused. */
  readonly credential: string;
  /** Project id → roles, inferred ones included. */
  readonly roles: ReadonlyMap<string, readonly string[]>;
}
export interface Directory {
  readonly domains: readonly Domain[];
  readonly projects: readonly Project[];
  readonly users: readonly User[];
}

/** Every problem of a users file at once; never quotes a password. */
export class UsersFileError extends Error {
  override readonly name = 'UsersFileError';
  constructor(readonly problems: readonly string[]) {
    super(`the users file is not usable:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  }
}

type Entry = Record<string, unknown>;

/** Reads the YAML text of a users file; throws `UsersFileError`. */
export function readUsersFile(text: string): Directory {
  return new Reader(document(text)).directory();
}

function document(text: string): Entry {
  let value: unknown;
  try {
    value = parse(text, { maxAliasCount: 0 });
  } catch (error) {
    const { linePos } = error as { linePos?: readonly { line: number }[] };
    throw new UsersFileError([`it is not valid YAML${linePos?.[0] ? ` (line ${linePos[0].line})` : ''}`]);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new UsersFileError(['it must have the lists domains, projects and users']);
  }
  return value as Entry;
}

class Reader {
  private readonly problems: string[] = [];

  constructor(private readonly source: Entry) {}

  directory(): Directory {
    const domains = this.list('domains').map(({ entry, where }) => this.domain(entry, where));
    const projects = this.list('projects').map(({ entry, where }) => this.project(entry, where, domains));
    const users = this.list('users').map(({ entry, where }) => this.user(entry, where, domains, projects));
    for (const [what, all] of [
      ['domain', domains],
      ['project', projects],
      ['user', users],
    ] as const) {
      this.unique(what, all);
    }
    if (this.problems.length > 0) throw new UsersFileError(this.problems);
    return { domains, projects, users };
  }

  private list(name: string): { entry: Entry; where: string }[] {
    const value = this.source[name] ?? [];
    if (!Array.isArray(value)) {
      this.problems.push(`${name} must be a list`);
      return [];
    }
    return value.map((entry: unknown, index) => {
      const where = `${name}[${index}]`;
      if (typeof entry === 'object' && entry !== null && !Array.isArray(entry)) return { entry: entry as Entry, where };
      this.problems.push(`${where} must be a map`);
      return { entry: {}, where };
    });
  }

  private domain(entry: Entry, where: string): Domain {
    const name = this.text(entry, 'name', where);
    return { name, id: this.id(entry, where) ?? (name === 'Default' ? 'default' : stableId('domain', name)) };
  }

  private project(entry: Entry, where: string, domains: readonly Domain[]): Project {
    const name = this.text(entry, 'name', where);
    const domain = this.domainOf(entry, where, domains);
    return { name, domain, id: this.id(entry, where) ?? stableId('project', `${domain.name}/${name}`) };
  }

  private user(entry: Entry, where: string, domains: readonly Domain[], projects: readonly Project[]): User {
    const name = this.text(entry, 'name', where);
    const domain = this.domainOf(entry, where, domains);
    const id = this.id(entry, where) ?? stableId('user', `${domain.name}/${name}`);
    const password = this.secret(entry, 'password', where);
    const apiKey = hasSecret(entry, 'api_key') ? this.secret(entry, 'api_key', where) : null;
    return {
      id,
      name,
      domain,
      secret: password.secret,
      apiKey: apiKey?.secret ?? null,
      credential: apiKey === null ? password.fingerprint : fingerprint(password.fingerprint + apiKey.fingerprint),
      roles: this.roles(entry, where, domain, projects),
    };
  }

  /** `<field>`, or `<field>_hash` in its place. */
  private secret(entry: Entry, field: string, where: string): { secret: Secret; fingerprint: string } {
    const { [field]: text, [`${field}_hash`]: hashText } = entry;
    const given = typeof text === 'number' ? String(text) : text;
    if ((given === undefined) === (hashText === undefined)) {
      this.problems.push(`${where} must have either ${field} or ${field}_hash`);
    } else if (given !== undefined) {
      if (typeof given === 'string' && given !== '')
        return { secret: { plain: given }, fingerprint: fingerprint(given) };
      this.problems.push(`${where}.${field} must be a text`);
    } else {
      const hash = typeof hashText === 'string' ? parsePasswordHash(hashText) : null;
      if (hash) return { secret: { hash }, fingerprint: fingerprint(String(hashText)) };
      this.problems.push(`${where}.${field}_hash must be what hash-password prints`);
    }
    return { secret: { plain: '' }, fingerprint: '' };
  }

  private roles(entry: Entry, where: string, domain: Domain, projects: readonly Project[]): User['roles'] {
    const given = entry['projects'] ?? {};
    if (typeof given !== 'object' || given === null || Array.isArray(given)) {
      this.problems.push(`${where}.projects must be a map of project to roles`);
      return new Map();
    }
    const roles = new Map<string, readonly string[]>();
    for (const [name, list] of Object.entries(given)) {
      const project = projectNamed(name, domain, projects);
      if (!project) this.problems.push(`${where}.projects names ${JSON.stringify(name)}, which is no project`);
      else if (!Array.isArray(list) || !list.every((role) => typeof role === 'string' && role !== '')) {
        this.problems.push(`${where}.projects.${name} must be a list of roles`);
      } else roles.set(project.id, inferred(list as string[]));
    }
    return roles;
  }

  private domainOf(entry: Entry, where: string, domains: readonly Domain[]): Domain {
    const named = entry['domain'] ?? 'Default';
    const domain = domains.find(({ id, name }) => name === named || id === named);
    if (!domain) this.problems.push(`${where}.domain names no domain of this file`);
    return domain ?? { id: '', name: '' };
  }

  private text(entry: Entry, field: string, where: string): string {
    const value = entry[field];
    if (typeof value === 'string' && value !== '' && value.length <= 255) return value;
    this.problems.push(`${where}.${field} must be a text of 1 to 255 characters`);
    return '';
  }

  private id(entry: Entry, where: string): string | undefined {
    const value = entry['id'];
    if (value === undefined || (typeof value === 'string' && /^[\w.-]{1,64}$/.test(value))) return value;
    this.problems.push(`${where}.id must be 1 to 64 letters, digits, dots, dashes or underscores`);
    return undefined;
  }

  private unique(what: string, all: readonly (Domain & { domain?: Domain })[]): void {
    const ids = new Set<string>();
    const names = new Set<string>();
    for (const { id, name, domain } of all) {
      const place = `${domain?.id ?? ''}/${name}`;
      if (ids.has(id) || names.has(place)) this.problems.push(`the ${what} ${JSON.stringify(name)} is there twice`);
      ids.add(id);
      names.add(place);
    }
  }
}

const hasSecret = (entry: Entry, field: string): boolean =>
  entry[field] !== undefined || entry[`${field}_hash`] !== undefined;

function projectNamed(name: string, domain: Domain, projects: readonly Project[]): Project | undefined {
  const matches = projects.filter((project) => project.name === name || project.id === name);
  return matches.find((project) => project.domain.id === domain.id) ?? (matches.length === 1 ? matches[0] : undefined);
}

const fingerprint = (secret: string): string => createHash('sha256').update(secret).digest('base64url').slice(0, 11);
