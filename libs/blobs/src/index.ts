export * from './port.js';
export { assertBlobKey, maxBlobKeyLength } from './key.js';
export { blobStoreKinds, createBlobStore, type BlobStoreSettings, type S3Settings } from './create-blob-store.js';
export { createFilesystemBlobStore, type FilesystemBlobStoreOptions } from './filesystem/store.js';
export { s3Encryptions, type S3BlobStoreOptions, type S3Encryption } from './s3/options.js';
export { createS3BlobStore } from './s3/store.js';
export { prepareS3Bucket } from './s3/bucket.js';
export { spentBuffer } from './spent-buffers.js';
export { readParts, type BlobPart } from './read-parts.js';
