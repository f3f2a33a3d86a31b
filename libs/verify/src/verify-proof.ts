import type { KeyObject } from 'node:crypto';
import { canonicalJson, hashLeaf, verifyInclusion, type Checkpoint, type LedgerEntry } from '@cloud-images/ledger';
import { trustedCheckpoints } from './trust.js';

/** What `/v1/proofs/inclusion` answers. */
export interface InclusionProof {
  readonly event: LedgerEntry;
  readonly path: readonly string[];
  readonly checkpoint: Checkpoint;
}

/** Whether this event is in the ledger at its own position. Throws `NotTrusted` when the checkpoint can't be believed. */
export function verifyProof(
  { event, path, checkpoint }: InclusionProof,
  keys: ReadonlyMap<string, KeyObject>,
): boolean {
  trustedCheckpoints([checkpoint], keys);
  return verifyInclusion({
    leaf: hashLeaf(canonicalJson(event)),
    index: event.position,
    size: checkpoint.size,
    path: path.map((hash) => Buffer.from(hash, 'hex')),
    root: Buffer.from(checkpoint.root, 'hex'),
  });
}
