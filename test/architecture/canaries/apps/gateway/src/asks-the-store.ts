// canary: minio-in-its-adapter
export { Client } from 'minio';
