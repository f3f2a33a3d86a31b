// canary: leaves-know-no-lib
export { leaf } from '../../blobs/src/index.ts';
