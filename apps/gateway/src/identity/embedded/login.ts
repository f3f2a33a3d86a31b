import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { unavailable } from '@cloud-images/service-kit';
import { NotProven } from '../not-proven.js';
import { decoyHash, verifyPassword } from './password.js';
import type { Reference, UsersDirectory } from './users-directory.js';
import type { Secret, User } from './users-file.js';

/** Each takes 32 MiB and a thread of the pool that file I/O needs too. */
const maxAtOnce = 2;
const maxWaiting = 64;
const maxPasswordLength = 4_096;

/** Checks passwords and API keys. How long a refusal takes says nothing about whether the user exists. */
export class Login {
  private readonly secret = randomBytes(32);
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly users: UsersDirectory) {}

  /** The user; throws `Refusal` `unauthorized`, or `unavailable` when too many are being checked already. */
  byPassword(reference: Reference, password: string): Promise<User> {
    const user = this.users.user(reference);
    return this.prove('password', user, user?.secret, password);
  }

  /** As `byPassword`; a user without a key is refused like one with another. */
  byApiKey(reference: Reference, key: string): Promise<User> {
    const user = this.users.user(reference);
    return this.prove('api_key', user, user?.apiKey ?? undefined, key);
  }

  private async prove(
    reason: 'password' | 'api_key',
    user: User | undefined,
    secret: Secret | undefined,
    given: string,
  ): Promise<User> {
    const right = given.length <= maxPasswordLength && (await this.inTurn(() => this.isRight(secret, given)));
    if (!user || !right) throw new NotProven({ reason, userId: user?.id ?? null });
    return user;
  }

  private async isRight(secret: Secret | undefined, given: string): Promise<boolean> {
    if (secret && 'hash' in secret) return verifyPassword(given, secret.hash);
    await verifyPassword(given, decoyHash(this.users.anyHash()));
    return secret !== undefined && this.isEqual(given, secret.plain);
  }

  private isEqual(one: string, other: string): boolean {
    const mac = (text: string) => createHmac('sha256', this.secret).update(text.normalize('NFKC')).digest();
    return timingSafeEqual(mac(one), mac(other));
  }

  private async inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.running >= maxAtOnce) {
      if (this.waiting.length >= maxWaiting) throw unavailable();
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    } else this.running++;
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.running--;
    }
  }
}
