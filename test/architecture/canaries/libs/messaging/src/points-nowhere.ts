// canary: nothing-unresolved
export { nothing } from './nowhere.ts';
