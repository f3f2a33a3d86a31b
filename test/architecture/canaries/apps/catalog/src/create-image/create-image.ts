// canary: rules-are-pure
export { readFileSync as decide } from 'node:fs';
