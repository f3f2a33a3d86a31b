// canary: production-knows-no-test
export { given } from '../image/testing/given.ts';
