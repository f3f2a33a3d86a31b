export * from './port.js';
export { assertBlobKey, maxBlobKeyLength } from './key.js';
export { blobStoreKinds, createBlobStore, type BlobStoreSettings } from './create-blob-store.js';
export { createFilesystemBlobStore, type FilesystemBlobStoreOptions } from './filesystem/store.js';
