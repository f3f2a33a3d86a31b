import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { keyId } from '@cloud-images/ledger';

export interface SigningKey {
  readonly id: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

const name = /^checkpoint-\d{4}\.pem$/;

/**
 * The keys in a directory, `checkpoint-0001.pem`, `checkpoint-0002.pem` …: the last one signs, those before vouch for the
 * ones after them. A new one is added beside the old; an old one may go once its successor is published. Throws when there
 * is none, or one is no Ed25519 private key.
 */
export function readKeyFiles(directory: string): SigningKey[] {
  const files = readdirSync(directory)
    .filter((file) => name.test(file))
    .sort();
  if (files.length === 0) throw new Error('no key signs checkpoints: the directory of keys has no checkpoint-0001.pem');
  return files.map((file) => {
    const privateKey = createPrivateKey(readFileSync(join(directory, file)));
    if (privateKey.asymmetricKeyType !== 'ed25519') throw new Error(`${file} is no Ed25519 private key`);
    const publicKey = createPublicKey(privateKey);
    return { id: keyId(publicKey), privateKey, publicKey };
  });
}
