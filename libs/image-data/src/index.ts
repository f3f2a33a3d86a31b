export type { ContentRule, KnownContent } from './content-check.js';
export {
  defaultPace,
  storeImageData,
  storeObjectData,
  type StoredData,
  type StoredImageData,
  type StoreImageData,
} from './store-image-data.js';
export type { ExpectedDigest } from './digests.js';
export type { Pace } from './patience.js';
