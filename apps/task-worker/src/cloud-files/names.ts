import { authorize, Refusal, type Identity, type Operation } from '@cloud-images/contracts';

const maxContainerBytes = 256;
const maxObjectBytes = 1_024;

/**
 * The project whose account a path names: the caller's own, and no other's, not even for an operator. Throws `Refusal`
 * `forbidden`, `not-found` for what is no account's name.
 */
export function ownProject(operation: Operation, identity: Identity, account: string): string {
  // Also what clients of an image API of old look for at `/v1/images`.
  if (!account.startsWith('AUTH_')) throw new Refusal('not-found', 'No account found with that name.');
  authorize(operation, identity);
  if (identity.project === null || account !== `AUTH_${identity.project}`) {
    throw new Refusal('forbidden', "This is not your project's account.");
  }
  return identity.project;
}

export function assertContainerName(name: string): void {
  if (name === '' || name.includes('/') || Buffer.byteLength(name) > maxContainerBytes) {
    throw new Refusal('bad-request', `The name of a container has 1 to ${maxContainerBytes} bytes and no slash.`);
  }
}

export function assertObjectName(name: string): void {
  if (name === '' || Buffer.byteLength(name) > maxObjectBytes) {
    throw new Refusal('bad-request', `The name of an object has 1 to ${maxObjectBytes} bytes.`);
  }
}

export const noContainer = (): Refusal => new Refusal('not-found', 'No container found with that name.');
export const noObject = (): Refusal => new Refusal('not-found', 'No object found with that name.');
