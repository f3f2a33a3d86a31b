// canary: app-knows-no-app
export { aggregate } from '../../catalog/src/image/image.ts';
