// canary: aggregate-knows-no-slice
export { slice } from '../create-image/new-image.ts';
