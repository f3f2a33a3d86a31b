export { describeFinding, type Finding } from './finding.js';
export { verifyExport, type Verdict, type VerifyOptions } from './verify-export.js';
export { verifyProof, type InclusionProof } from './verify-proof.js';
export { NotTrusted, trustedCheckpoints, trustedKeys } from './trust.js';
