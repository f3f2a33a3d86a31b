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
  readonly visibility: string;
  readonly relation: Relation;
  readonly deleted: boolean;
}

/** Throws unless the caller may do this to the members of this image, and the image is one that has members. */
export function assertMembersOf(image: ShownImage, operation: Operation, identity: Identity): void {
  if (image.deleted) throw imageNotFound();
  if (image.visibility !== 'shared') throw new Refusal('not-shared', 'Only shared images have members.');
  authorize(operation, identity, image.relation);
}

export const memberNotFound = (): Refusal => new Refusal('not-found', 'No such member of this image.');
