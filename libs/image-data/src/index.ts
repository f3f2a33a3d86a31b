export type { ContentRule, KnownContent } from './content-check.js';
export { copyImageData, type CopyImageData } from './copy-image-data.js';
export { defaultPace, storeImageData, type StoredImageData, type StoreImageData } from './store-image-data.js';
export type { ExpectedDigest } from './digests.js';
export type { Pace } from './patience.js';
