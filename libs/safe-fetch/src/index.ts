export { isNetwork, Networks } from './networks.js';
export { FetchUrlRefused, readFetchUrl, type FetchRules } from './fetch-url.js';
export { FetchFailed, FetchTooLarge } from './failures.js';
export { SafeFetcher, type Fetched, type SafeFetcherOptions } from './safe-fetcher.js';
