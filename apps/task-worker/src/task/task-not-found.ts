import { authorize, isOperator, Refusal, type Identity, type Operation } from '@cloud-images/contracts';

/** Says the same of a task that never was, whose time is over, or of another project. */
export const taskNotFound = (): Refusal => new Refusal('not-found', 'No task found with that id.');

/** Throws unless the caller may do this to a task of the project `owner`. */
export function assertMyTask(operation: Operation, identity: Identity, owner: string): void {
  const relation = identity.project === owner ? 'owner' : isOperator(identity) ? 'admin' : null;
  if (relation === null) throw taskNotFound();
  authorize(operation, identity, relation);
}
