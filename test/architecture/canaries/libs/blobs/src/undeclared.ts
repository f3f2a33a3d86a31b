// canary: dependencies-are-declared
export { assert } from 'fast-check';
