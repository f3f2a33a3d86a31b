import { Refusal } from '@cloud-images/contracts';

/**
 * Refuses when `If-Match` names no version that the image has now. Our tags are weak, because one version can be shown
 * with and without nulls; a version is still exact, so they are compared by it (RFC 9110 13.1.1 would never let a weak
 * tag match).
 */
export function assertUnchanged(ifMatch: string | undefined, version: number): void {
  if (ifMatch === undefined || ifMatch.trim() === '*') return;
  const tags = ifMatch.split(',').map((tag) => /^(?:W\/)?"(\d+)"$/.exec(tag.trim())?.[1]);
  if (!tags.includes(String(version))) {
    throw new Refusal('precondition-failed', 'The image has changed since the version that If-Match names.');
  }
}
