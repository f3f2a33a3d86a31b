import { authorize, imageNotFound, type Identity, type Operation } from '@cloud-images/contracts';
import {
  canSeeDeleted,
  type Image,
  type ImageState,
  isDeleted,
  type MemberStatus,
  relationTo,
} from '@cloud-images/image-model';

/** Who addresses an image. `member` is what the project answered to being a member; null when it is none. */
export interface Caller {
  readonly identity: Identity;
  readonly member: MemberStatus | null;
}

/** The living image that a command is about, when the caller may do this to it; a deleted one is as if it never was. */
export function addressed(state: ImageState, caller: Caller, operation: Operation): Image {
  const image = state.exists && !isDeleted(state.status) ? state : null;
  authorize(operation, caller.identity, image && (relationTo(caller.identity, image, caller.member) ?? 'hidden'));
  return known(image);
}

/** As `addressed`, for what can also be done to an image whose deletion is pending, by those who may still see it. */
export function addressedWhileDeletable(state: ImageState, caller: Caller, operation: Operation): Image {
  const image = state.exists && state.status !== 'deleted' ? state : null;
  const relation = image && relationTo(caller.identity, image, caller.member);
  const gone = image?.status === 'pending_delete' && !canSeeDeleted(relation);
  authorize(operation, caller.identity, gone ? null : image && (relation ?? 'hidden'));
  return known(image);
}

/** Whether knowing the caller's membership could turn "not found" into "forbidden". */
export const membershipMatters = (state: ImageState, { identity, member }: Caller): boolean =>
  state.exists &&
  member === null &&
  identity.project !== null &&
  state.visibility === 'shared' &&
  !isDeleted(state.status) &&
  relationTo(identity, state, null) === null;

function known(image: Image | null): Image {
  if (image === null) throw imageNotFound();
  return image;
}
