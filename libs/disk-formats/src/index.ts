export { compressionHeadBytes, compressionOf, compressions, type Compression } from './compression.js';
export { ContentInspector, type Inspection } from './content-inspector.js';
export { problems, type ContentFormat, type Finding, type Problem } from './finding.js';
export { judge, type Claim, type Verdict } from './judge.js';
export { checkVhd, importLimits, vhdFaults, type VhdFault, type VhdLimits } from './vhd-check.js';
export { fixedVhdEnd, fixedVhdSize, geometryOf, largestVhd, type FixedVhd, type Geometry } from './vhd-writer.js';
export {
  parseDynamicHeader,
  parseFooter,
  readVhd,
  type ReadAt,
  type VhdDynamicHeader,
  type VhdFooter,
  type VhdParts,
} from './vhd.js';
