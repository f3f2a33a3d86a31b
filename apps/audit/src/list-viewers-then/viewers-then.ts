import { isDeleted, type ImageStatus, type MemberStatus, type Visibility } from '@cloud-images/image-model';

/** What of an image decides who sees it. */
export interface Shown {
  readonly owner: string | null;
  readonly visibility: Visibility;
  readonly status: ImageStatus;
  readonly osHidden: boolean;
}

export interface Viewers {
  /** The owning project; it, operators and auditors see the image in any state. */
  readonly owner: string | null;
  /** Every project can show it by its id; and finds it in its own list. */
  readonly everyone: boolean;
  readonly listed_to_everyone: boolean;
  /** Projects it is shared with: they can show it, whatever they answered, and find it in their list once they accepted. */
  readonly members: readonly { readonly project: string; readonly status: MemberStatus; readonly listed: boolean }[];
}

/**
 * Who could see an image, beside operators: the seed's sharing rules, and who is told of hidden, killed and deleted
 * images (images-v2 1.3, 1.8). What is deleted nobody sees but its owner, who has to ask for it.
 */
export function viewersThen(
  { owner, visibility, status, osHidden }: Shown,
  members: readonly { readonly member_id: string; readonly status: MemberStatus }[],
): Viewers {
  if (isDeleted(status)) return { owner, everyone: false, listed_to_everyone: false, members: [] };
  const listed = !osHidden && status !== 'killed';
  const shared = visibility === 'shared' ? members : [];
  return {
    owner,
    everyone: visibility === 'public' || visibility === 'community',
    listed_to_everyone: visibility === 'public' && listed,
    members: shared.map(({ member_id: project, status: answer }) => ({
      project,
      status: answer,
      listed: listed && answer === 'accepted',
    })),
  };
}
