import type { Relation } from '@cloud-images/contracts';
import type { MemberStatus } from '../access.js';
import type { Visibility } from '../image.js';

/** How a caller of project `a` stands to an image: the one table that `access.ts` and the list query both answer. */
export interface AccessCase {
  readonly says: string;
  readonly caller: { readonly project: string | null; readonly operator: boolean };
  readonly image: { readonly owner: string | null; readonly visibility: Visibility };
  /** The answer of project `a`, when it is a member. */
  readonly member: MemberStatus | null;
  /** By id. */
  readonly relation: Relation | null;
  /** In the list without parameters. */
  readonly listed: boolean;
  /** In the list with `visibility=all&member_status=all`. */
  readonly listedWithAll: boolean;
}

const user = { project: 'a', operator: false };
const admin = { project: 'a', operator: true };
const members: (MemberStatus | null)[] = [null, 'pending', 'accepted', 'rejected'];
const visibilities: Visibility[] = ['private', 'shared', 'community', 'public'];

const own = [user, admin].flatMap((caller) =>
  visibilities.map((visibility) => ({
    says: `its own ${visibility} image, as ${caller.operator ? 'admin' : 'user'}`,
    caller,
    image: { owner: 'a', visibility },
    member: null,
    relation: 'owner' as const,
    listed: true,
    listedWithAll: true,
  })),
);

const foreignToUser = members.flatMap((member): AccessCase[] => {
  const row = (visibility: Visibility, relation: Relation | null, listed: boolean, listedWithAll: boolean) => ({
    says: `a ${visibility} image of another, ${member === null ? 'not a member' : `member (${member})`}`,
    caller: user,
    image: { owner: 'b', visibility },
    member,
    relation,
    listed,
    listedWithAll,
  });
  return [
    row('private', null, false, false),
    row('shared', member === null ? null : 'member', member === 'accepted', member !== null),
    row('community', 'community', false, true),
    row('public', 'public', true, true),
  ];
});

const foreignToAdmin = visibilities.map((visibility) => ({
  says: `a ${visibility} image of another, as admin`,
  caller: admin,
  image: { owner: 'b', visibility },
  member: null,
  relation: 'admin' as const,
  listed: visibility !== 'community',
  listedWithAll: true,
}));

const withoutOwner: AccessCase[] = [
  {
    says: 'a private image without owner, as user',
    caller: user,
    image: { owner: null, visibility: 'private' },
    member: null,
    relation: null,
    listed: false,
    listedWithAll: false,
  },
  {
    says: 'a private image without owner, as admin',
    caller: admin,
    image: { owner: null, visibility: 'private' },
    member: null,
    relation: 'admin',
    listed: true,
    listedWithAll: true,
  },
];

export const accessCases: readonly AccessCase[] = [...own, ...foreignToUser, ...foreignToAdmin, ...withoutOwner];
