import {
  authorize,
  imageNotFound,
  Refusal,
  type Identity,
  type Operation,
  type Relation,
} from '@cloud-images/contracts';

/** What the catalog says of an image to the caller; who may see it is the catalog's to decide. */
export interface ShownImage {
  /** Lowercase. */
  readonly image_id: string;
  readonly owner: string | null;
  readonly visibility: string;
  readonly relation: Relation;
  readonly deleted: boolean;
}

/** Throws unless the caller may do this to the members of this image. */
export function assertMembersOf(image: ShownImage, operation: Operation, identity: Identity): void {
  if (image.deleted) throw imageNotFound();
  authorize(operation, identity, image.relation);
}

/** Members of an image that is not shared are kept and of no effect: there is nothing to add to or to list (facts 1.3). */
export function assertShared(image: ShownImage): void {
  if (image.deleted) throw imageNotFound();
  if (image.visibility !== 'shared') throw new Refusal('not-shared', 'Only shared images have members.');
}

export const memberNotFound = (): Refusal => new Refusal('not-found', 'No such member of this image.');
