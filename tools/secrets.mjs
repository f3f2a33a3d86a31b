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

/** 32 characters of base64url, the first one not a dash: programs take what begins with one for an option. */
function word() {
  for (;;) {
    const text = randomBytes(24).toString('base64url');
    if (!text.startsWith('-')) return text;
  }
}

const passwordsFile = (dataDir) => join(dataDir, 'secrets.json');

/** Passwords of the roles of the database in the data directory, by name. */
export function databasePasswords(dataDir, roles) {
  const path = passwordsFile(dataDir);
  if (!existsSync(path) && existsSync(join(dataDir, 'postgres', 'PG_VERSION'))) {
    throw new Error(`${path} is missing, and without it the database in ${join(dataDir, 'postgres')} can't be opened`);
  }
  return passwordsOf(dataDir, roles);
}

/** Random words by name; made at the first call, the same ever after. */
export function passwordsOf(dataDir, names) {
  const path = passwordsFile(dataDir);
  const kept = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {};
  const missing = names.filter((name) => !kept[name]);
  if (missing.length > 0) {
    for (const name of missing) kept[name] = word();
    writePrivately(path, `${JSON.stringify(kept, null, 2)}\n`);
  }
  return Object.fromEntries(names.map((name) => [name, kept[name]]));
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
