import type { KeyObject } from 'node:crypto';
import {
  checkpointDigest,
  isEndorsedBy,
  isSignedBy,
  readPublicKey,
  type Checkpoint,
  type SealingKey,
} from '@cloud-images/ledger';

/** What was given to verify by can't be believed, or does not fit together. */
export class NotTrusted extends Error {
  override readonly name = 'NotTrusted';
}

/**
 * The keys to believe, by id: the first, which the verifier has from somewhere that he trusts, and each later one that the
 * key before it vouches for, or that is named in `trusted`. Throws `NotTrusted`.
 */
export function trustedKeys(keys: readonly SealingKey[], trusted: readonly string[] = []): Map<string, KeyObject> {
  const believed = new Map<string, KeyObject>();
  for (const [nth, key] of keys.entries()) {
    const before = keys.find(({ key_id }) => key_id === key.previous);
    const vouched = before !== undefined && believed.has(before.key_id) && isEndorsedBy(key, before);
    if (nth > 0 && !vouched && !trusted.includes(key.key_id)) {
      throw new NotTrusted(`nobody vouches for the key ${key.key_id}; name it by --trust if you know it`);
    }
    believed.set(key.key_id, readPublicKey(key));
  }
  if (believed.size === 0) throw new NotTrusted('no key was given');
  return believed;
}

/** Checkpoints by size, each signed, all of one ledger, and no two that contradict each other. Throws `NotTrusted`. */
export function trustedCheckpoints(
  checkpoints: readonly Checkpoint[],
  keys: ReadonlyMap<string, KeyObject>,
): Map<number, Checkpoint> {
  const bySize = new Map<number, Checkpoint>();
  for (const checkpoint of checkpoints.toSorted((a, b) => a.size - b.size)) {
    const { size, root, ledger, key_id } = checkpoint;
    const key = keys.get(key_id);
    if (key === undefined)
      throw new NotTrusted(`the checkpoint of size ${size} is signed by ${key_id}, an unknown key`);
    if (!isSignedBy(checkpoint, key)) throw new NotTrusted(`the checkpoint of size ${size} is not what was signed`);
    const [first] = bySize.values();
    if (first && first.ledger !== ledger) throw new NotTrusted('the checkpoints are of more than one ledger');
    const same = bySize.get(size);
    if (same && same.root !== root) throw new NotTrusted(`two different checkpoints of size ${size} are signed`);
    bySize.set(size, checkpoint);
  }
  assertOneHistory([...bySize.values()]);
  return bySize;
}

/** Each names the one before it. Where some are not at hand the chain has a gap, and that alone proves nothing. */
function assertOneHistory(checkpoints: readonly Checkpoint[]): void {
  const digests = new Map(checkpoints.map((checkpoint) => [checkpointDigest(checkpoint), checkpoint]));
  for (const [at, checkpoint] of checkpoints.entries()) {
    if (checkpoint.previous === null && at > 0) {
      throw new NotTrusted(`the checkpoint of size ${checkpoint.size} says that it is the first, and it is not`);
    }
    const previous = checkpoint.previous === null ? undefined : digests.get(checkpoint.previous);
    if (previous !== undefined && previous !== checkpoints[at - 1]) {
      throw new NotTrusted(`the checkpoint of size ${checkpoint.size} does not follow the one before it`);
    }
  }
}
