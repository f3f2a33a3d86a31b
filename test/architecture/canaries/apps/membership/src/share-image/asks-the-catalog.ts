// canary: undici-in-adapters
export { request } from 'undici';
