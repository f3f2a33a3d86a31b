// canary: slice-knows-no-slice
export { slice } from '../create-image/new-image.ts';
