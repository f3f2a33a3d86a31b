// canary: acceptance-sees-no-source
export { leaf } from '../../libs/blobs/src/index.ts';
