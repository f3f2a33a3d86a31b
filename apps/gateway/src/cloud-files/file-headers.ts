import type { IncomingHttpHeaders } from 'node:http';

/** Headers of the Object Storage API, either way: metadata, counts, and what this store refuses by name. */
const ofFiles =
  /^(?:x-(?:account|container|object|remove-(?:account|container))-|x-(?:copy-from|static-large-object$|delete-(?:at|after)|symlink-target|versions-|history-|timestamp)|last-modified$|accept-ranges$)/;

export const isAboutFiles = (route: string): boolean => route.startsWith('/v1/');

/** Appends name, value, name, value … of those that a service, or a client, gets to see on routes of Cloud Files. */
export function pushFileHeaders(to: string[], headers: IncomingHttpHeaders): void {
  for (const [name, value] of Object.entries(headers)) {
    if (ofFiles.test(name) && typeof value === 'string') to.push(name, value);
  }
}
