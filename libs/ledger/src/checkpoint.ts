import { createHash, createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import { canonicalJson } from './canonical-json.js';

/** What the sealer puts its name to: the first `size` events of the ledger are those, and in that order. */
export interface CheckpointBody {
  /** Which ledger, a UUID. */
  readonly ledger: string;
  readonly size: number;
  /** Of the RFC 6962 tree over them; hex. */
  readonly root: string;
  /** RFC 3339 UTC. */
  readonly time: string;
  /** hex sha256 of what was signed of the checkpoint before; null for the first. */
  readonly previous: string | null;
  readonly key_id: string;
}

export interface Checkpoint extends CheckpointBody {
  /** Ed25519 over `signedText`; base64. */
  readonly signature: string;
}

/** Keeps a signature of ours from meaning anything else. */
const PURPOSE = 'cloud-images checkpoint v1\n';

export const signedText = ({ ledger, size, root, time, previous, key_id }: CheckpointBody): string =>
  PURPOSE + canonicalJson({ ledger, size, root, time, previous, key_id });

/** How the next checkpoint names this one. */
export const checkpointDigest = (body: CheckpointBody): string =>
  createHash('sha256').update(signedText(body)).digest('hex');

export function signCheckpoint(body: CheckpointBody, privateKey: KeyObject): Checkpoint {
  return { ...body, signature: sign(null, Buffer.from(signedText(body)), privateKey).toString('base64') };
}

export function isSignedBy(checkpoint: Checkpoint, publicKey: KeyObject): boolean {
  return verify(null, Buffer.from(signedText(checkpoint)), publicKey, Buffer.from(checkpoint.signature, 'base64'));
}

/** A key that signs checkpoints, as it is published. */
export interface SealingKey {
  readonly key_id: string;
  readonly algorithm: 'ed25519';
  /** SubjectPublicKeyInfo, PEM. */
  readonly public_key: string;
  /** The key before it, which vouches for this one; null for the first. */
  readonly previous: string | null;
  /** By the key before, over `endorsedText`; base64. Null where that key was gone. */
  readonly endorsement: string | null;
}

/** The first 16 hex digits of the sha256 of the key (SubjectPublicKeyInfo, DER). */
export const keyId = (publicKey: KeyObject): string =>
  createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex')
    .slice(0, 16);

const endorsedText = (key: Pick<SealingKey, 'key_id' | 'public_key'>, previous: string): string =>
  `cloud-images key v1\n${canonicalJson({ key_id: key.key_id, public_key: key.public_key, previous })}`;

/** The key, with the word of the one before it where that one is at hand. */
export function publishedKey(
  publicKey: KeyObject,
  before: { id: string; privateKey: KeyObject | null } | null,
): SealingKey {
  const key = {
    key_id: keyId(publicKey),
    algorithm: 'ed25519' as const,
    public_key: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  };
  const endorsement = before?.privateKey
    ? sign(null, Buffer.from(endorsedText(key, before.id)), before.privateKey).toString('base64')
    : null;
  return { ...key, previous: before?.id ?? null, endorsement };
}

/** Whether `key` is what it says it is, and the key before it vouched for it. */
export function isEndorsedBy(key: SealingKey, previous: SealingKey): boolean {
  if (key.previous !== previous.key_id || key.endorsement === null) return false;
  const text = Buffer.from(endorsedText(key, previous.key_id));
  return verify(null, text, createPublicKey(previous.public_key), Buffer.from(key.endorsement, 'base64'));
}

/** The key itself; throws when it is no Ed25519 key, or has another's name. */
export function readPublicKey({ key_id, public_key }: SealingKey): KeyObject {
  const key = createPublicKey(public_key);
  if (key.asymmetricKeyType !== 'ed25519' || keyId(key) !== key_id) throw new Error(`${key_id} is not that key`);
  return key;
}
