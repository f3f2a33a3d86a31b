import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import type { Logger } from '@cloud-images/service-kit';
import type { PasswordHash } from './password.js';
import {
  readUsersFile,
  UsersFileError,
  type Directory,
  type Domain,
  type Project,
  type Secret,
  type User,
} from './users-file.js';

/** How a request names something: by id, or by a name within a domain. */
export interface Reference {
  readonly id?: string | undefined;
  readonly name?: string | undefined;
  readonly domain?: { readonly id?: string | undefined; readonly name?: string | undefined } | undefined;
}

const pollMs = 1_000;
/** The passwords of the development users that a first start writes. */
const defaultPasswords: readonly string[] = ['secret'];

export interface UsersDirectoryOptions {
  readonly path: string;
  /** On an address that others reach, default passwords make the file unusable. */
  readonly publicAddress: boolean;
  readonly log: Logger;
}

/** Who there is, from the users file, as it is now. A changed file that is not usable is reported and not taken. */
export class UsersDirectory {
  private current: Directory;
  private text: string;
  private readonly listeners: (() => void)[] = [];

  /** Throws `UsersFileError`. */
  constructor(private readonly options: UsersDirectoryOptions) {
    this.text = readFileSync(options.path, 'utf8');
    this.current = this.read(this.text);
    watchFile(options.path, { interval: pollMs, persistent: false }, this.reread);
  }

  onChange(listener: () => void): void {
    this.listeners.push(listener);
  }

  close(): void {
    unwatchFile(this.options.path, this.reread);
  }

  userById(id: string): User | undefined {
    return this.current.users.find((user) => user.id === id);
  }

  projectById(id: string): Project | undefined {
    return this.current.projects.find((project) => project.id === id);
  }

  user(reference: Reference): User | undefined {
    return this.current.users.find((user) => isMeant(user, reference));
  }

  project(reference: Reference): Project | undefined {
    return this.current.projects.find((project) => isMeant(project, reference));
  }

  projects(): readonly Project[] {
    return this.current.projects;
  }

  /** One of the password hashes, as a measure of what checking one costs. */
  anyHash(): PasswordHash | undefined {
    for (const { secret } of this.current.users) if ('hash' in secret) return secret.hash;
    return undefined;
  }

  readonly reread = (): void => {
    const { log, path } = this.options;
    try {
      const text = readFileSync(path, 'utf8');
      if (text === this.text) return;
      this.current = this.read(text);
      this.text = text;
    } catch (error) {
      const problems = error instanceof UsersFileError ? error.problems : [(error as Error).message];
      log.error(
        { event: 'users-file-refused', problems },
        'the users file changed and is not usable: the old one stands',
      );
      return;
    }
    log.info({ event: 'users-file-read', users: this.current.users.length }, 'the users file changed and was read');
    for (const listener of this.listeners) listener();
  };

  private read(text: string): Directory {
    const directory = readUsersFile(text);
    const open = directory.users.filter(({ secret, apiKey }) => [secret, apiKey].some(isDefault));
    if (this.options.publicAddress && open.length > 0) {
      throw new UsersFileError(
        open.map(
          ({ name }) => `the user ${JSON.stringify(name)} has a default password, on an address that others reach`,
        ),
      );
    }
    return directory;
  }
}

const isDefault = (secret: Secret | null): boolean =>
  secret !== null && 'plain' in secret && defaultPasswords.includes(secret.plain);

const isMeant = (thing: { id: string; name: string; domain: Domain }, { id, name, domain }: Reference): boolean =>
  id === undefined
    ? thing.name === name && (thing.domain.id === domain?.id || thing.domain.name === domain?.name)
    : thing.id === id;
