import { randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto';

/** N = 2^15, r = 8, p = 3: 32 MiB and about 0.2 s, one of OWASP's equivalent minimum choices. */
const cost = { N: 2 ** 15, r: 8, p: 3 };
/** A line of the users file must not be able to take the machine down. */
const maxMemory = 256 * 1024 * 1024;
const keyLength = 32;

export interface PasswordHash {
  readonly N: number;
  readonly r: number;
  readonly p: number;
  readonly salt: Buffer;
  readonly key: Buffer;
}

const shape = /^scrypt\$(\d{1,8})\$(\d{1,3})\$(\d{1,3})\$([A-Za-z0-9+/=]{16,})\$([A-Za-z0-9+/=]{40,})$/;

/** `scrypt$N$r$p$salt$key`, salt and key in base64; null when the text is anything else. */
export function parsePasswordHash(text: string): PasswordHash | null {
  const [, N, r, p, salt, key] = shape.exec(text) ?? [];
  if (N === undefined || salt === undefined || key === undefined) return null;
  const hash = { N: Number(N), r: Number(r), p: Number(p), salt: decode(salt), key: decode(key) };
  const powerOfTwo = hash.N >= 1024 && Number.isInteger(Math.log2(hash.N));
  const affordable = hash.r >= 1 && hash.p >= 1 && hash.p <= 16 && 128 * hash.N * hash.r <= maxMemory;
  return powerOfTwo && affordable && hash.key.length === keyLength ? hash : null;
}

export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const key = await derive(password, { ...cost, salt });
  return ['scrypt', cost.N, cost.r, cost.p, salt.toString('base64'), key.toString('base64')].join('$');
}

export async function verifyPassword(password: string, hash: PasswordHash): Promise<boolean> {
  return timingSafeEqual(await derive(password, hash), hash.key);
}

/** For a users file without any hash: development users should not wait. */
const lightCost = { N: 2 ** 14, r: 8, p: 1 };

/** No password has it: what a login without a hash is compared with, so that it takes as long as one with `like`. */
export const decoyHash = (like: Pick<PasswordHash, 'N' | 'r' | 'p'> = lightCost): PasswordHash => ({
  N: like.N,
  r: like.r,
  p: like.p,
  salt: randomBytes(16),
  key: randomBytes(keyLength),
});

function derive(password: string, { N, r, p, salt }: Omit<PasswordHash, 'key'>): Promise<Buffer> {
  const options: ScryptOptions = { N, r, p, maxmem: 128 * N * r + 1024 * 1024 };
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFKC'), salt, keyLength, options, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });
}

const decode = (text: string): Buffer => Buffer.from(text, 'base64');
