// What must be random and kept: passwords of the database roles, the key of each service, the secret that signs tokens.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Appears whole, readable by its owner only. */
export function writePrivately(path, text) {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.new`;
  writeFileSync(draft, text, { mode: 0o600 });
  chmodSync(draft, 0o600);
  renameSync(draft, path);
}

const word = () => randomBytes(24).toString('base64url');

/** Passwords by name of role; made at the first call, the same ever after. */
export function databasePasswords(dataDir, roles) {
  const path = join(dataDir, 'secrets.json');
  const kept = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {};
  if (!existsSync(path) && existsSync(join(dataDir, 'postgres', 'PG_VERSION'))) {
    throw new Error(`${path} is missing, and without it the database in ${join(dataDir, 'postgres')} can't be opened`);
  }
  const missing = roles.filter((role) => !kept[role]);
  if (missing.length > 0) {
    for (const role of missing) kept[role] = word();
    writePrivately(path, `${JSON.stringify(kept, null, 2)}\n`);
  }
  return kept;
}

export function tokenSecretFile(dataDir) {
  const path = join(dataDir, 'keys', 'token-secret');
  if (!existsSync(path)) writePrivately(path, `${randomBytes(48).toString('base64url')}\n`);
  return path;
}

/** An Ed25519 pair for each service; `publicKeys` is a directory that holds nothing but the public ones. */
export function serviceKeys(dataDir, services) {
  const publicKeys = join(dataDir, 'keys', 'public');
  const privateKeys = {};
  for (const service of services) {
    const path = join(dataDir, 'keys', `${service}.pem`);
    const publicPath = join(publicKeys, `${service}.pem`);
    privateKeys[service] = path;
    if (existsSync(path) && existsSync(publicPath)) continue;
    rmSync(path, { force: true });
    const pair = generateKeyPairSync('ed25519');
    writePrivately(publicPath, pair.publicKey.export({ type: 'spki', format: 'pem' }));
    writePrivately(path, pair.privateKey.export({ type: 'pkcs8', format: 'pem' }));
  }
  return { privateKeys, publicKeys };
}
