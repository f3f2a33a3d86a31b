export { canonicalJson } from './canonical-json.js';
export {
  checkpointDigest,
  isEndorsedBy,
  isSignedBy,
  keyId,
  publishedKey,
  readPublicKey,
  signCheckpoint,
  signedText,
  type Checkpoint,
  type CheckpointBody,
  type SealingKey,
} from './checkpoint.js';
export type { LedgerEntry } from './entry.js';
export { Frontier, type OnSubtree } from './frontier.js';
export { emptyRoot, foldPeaks, hashLeaf, hashNode } from './hash.js';
export { consistencyPath, inclusionPath, prove, type ReadSubtrees } from './proofs.js';
export { splitOf, subtreesOf, type Leaves, type Subtree } from './subtrees.js';
export { verifyConsistency, verifyInclusion, type ConsistencyClaim, type InclusionClaim } from './verify-proofs.js';
