// What must be random and kept: passwords of the database roles, the key of each service, the secret that signs tokens.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
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

const checkpointKeysDir = (dataDir) => join(dataDir, 'keys', 'checkpoints');
const checkpointKeyName = (nth) => `checkpoint-${String(nth).padStart(4, '0')}.pem`;

/** The directory with the keys that sign the ledger's checkpoints: the last one signs. Made with a first one. */
export function checkpointKeys(dataDir) {
  const dir = checkpointKeysDir(dataDir);
  if (checkpointKeyFiles(dataDir).length === 0) addCheckpointKey(dataDir);
  return dir;
}

/** Their names, the oldest first. */
export function checkpointKeyFiles(dataDir) {
  const dir = checkpointKeysDir(dataDir);
  if (!existsSync(dir)) return [];
  return readdirSync(dir)
    .filter((name) => /^checkpoint-\d{4}\.pem$/.test(name))
    .sort();
}

/** A key that signs from the next start of audit on; the one before vouches for it. Returns its path. */
export function addCheckpointKey(dataDir) {
  const last = checkpointKeyFiles(dataDir).at(-1);
  const path = join(checkpointKeysDir(dataDir), checkpointKeyName(last ? Number(last.slice(11, 15)) + 1 : 1));
  writePrivately(path, generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }));
  return path;
}
