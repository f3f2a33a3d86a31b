import { isDeleted, isListed, type MemberStatus } from './access.js';
import type { ImageState } from './image.js';

/** Keys of `visible_images`: in whose lists an image appears. Shares end in their status, so that no two read alike. */
export const principal = {
  public: 'public',
  community: 'community',
  /** What an admin lists by default: every project's images except community ones. */
  operator: 'operator',
  removed: 'removed',
  owner: (project: string): string => `owner:${project}`,
  share: (project: string, status: MemberStatus): string => `share:${project}:${status}`,
  removedOf: (project: string): string => `removed:${project}`,
} as const;

/** The principals that the document alone gives an image; those of its members come from `image_members`. */
export function principalsOf(image: ImageState): string[] {
  if (!image.exists) return [];
  const { owner, status, visibility } = image;
  if (isDeleted(status)) return [principal.removed, ...(owner === null ? [] : [principal.removedOf(owner)])];
  if (!isListed(status)) return [];
  return [
    ...(owner === null ? [] : [principal.owner(owner)]),
    ...(visibility === 'public' ? [principal.public] : []),
    visibility === 'community' ? principal.community : principal.operator,
  ];
}

/** Whether the image's members have it in their lists at all. */
export const isShared = (image: ImageState): boolean =>
  image.exists && image.visibility === 'shared' && isListed(image.status);
