// canary: libs-know-no-app
export { aggregate } from '../../../apps/catalog/src/image/image.ts';
