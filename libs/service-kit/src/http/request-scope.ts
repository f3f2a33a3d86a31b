import { AsyncLocalStorage } from 'node:async_hooks';

const scope = new AsyncLocalStorage<string>();

/** Runs the rest of a request so that every log line of it carries its id. */
export const inRequest = <T>(requestId: string, work: () => T): T => scope.run(requestId, work);
export const currentRequestId = (): string | undefined => scope.getStore();
