import type { Defect } from './defect.ts';

const lists = 'apps/catalog/src/list-images';
const members = 'apps/membership/src';
const listQuery = { file: `${lists}/list-query.ts`, spec: `${lists}/list-query.spec.ts` };
const access = { file: 'libs/image-model/src/access.ts', spec: 'libs/image-model/src/access.spec.ts' };
const policy = { file: 'libs/contracts/src/policy.ts', spec: 'libs/contracts/src/policy.spec.ts' };
const range = { file: 'apps/gateway/src/bytes/range.ts', spec: 'apps/gateway/src/bytes/bytes.spec.ts' };
const qcow2 = { file: 'libs/disk-formats/src/qcow2.ts', spec: 'libs/disk-formats/src/qcow2.spec.ts' };
const slice = (name: string) => ({ file: `${members}/${name}/${name}.ts`, spec: `${members}/${name}/${name}.spec.ts` });

/** What goes wrong with who sees what, with lists, members, data and the log. */
export const otherDefects: readonly Defect[] = [
  {
    what: 'a shared image shows to everyone',
    ...access,
    from: "return memberStatus === null ? null : 'member';",
    to: "return memberStatus === null ? 'member' : 'member';",
    title: 'who sees an image by its id a shared image of another, not a member',
  },
  {
    what: 'a private image shows to everyone',
    ...access,
    from: "image.visibility === 'private' ? null : image.visibility",
    to: "image.visibility === 'private' ? 'public' : image.visibility",
    title: 'who sees an image by its id a private image of another, not a member',
  },
  {
    what: 'an image whose data is lost is listed',
    ...access,
    from: "status !== 'killed' && !isDeleted(status)",
    to: '!isDeleted(status)',
    spec: `${lists}/list-images.int.spec.ts`,
    title:
      'lists of images shows hidden images only when asked, killed ones never, deleted ones to their owner and an admin',
  },
  {
    what: 'other projects’ images are in the public list',
    file: 'libs/image-model/src/principals.ts',
    from: "...(visibility === 'public' ? [principal.public] : [])",
    to: "...(visibility !== 'private' ? [principal.public] : [])",
    spec: `${lists}/list-images.int.spec.ts`,
    title: 'lists of images who sees what its own shared image, as user',
  },
  {
    what: 'shared images are listed before they were accepted',
    ...listQuery,
    from: "memberStatusesOf(value = 'accepted')",
    to: "memberStatusesOf(value = 'pending')",
    title:
      'what a list asks for given nothing, then a page of 25 of the newest, accepted shares, nothing hidden or deleted',
  },
  {
    what: 'a page has another length than it should',
    ...listQuery,
    from: 'const PAGE = 25;',
    to: 'const PAGE = 20;',
    title:
      'what a list asks for given nothing, then a page of 25 of the newest, accepted shares, nothing hidden or deleted',
  },
  {
    what: 'the limit of a page is not capped',
    ...listQuery,
    from: 'const LARGEST_PAGE = 1000;',
    to: 'const LARGEST_PAGE = 100_000;',
    title: 'what a list asks for takes 0, caps a limit at 1000',
  },
  {
    what: 'the link to the next page loses a repeated parameter',
    file: `${lists}/links.ts`,
    from: "parameters.filter(([key]) => key !== 'marker')",
    to: "[...new Map(parameters as [string, string][])].filter(([key]) => key !== 'marker')",
    spec: `${lists}/list-query.spec.ts`,
    title: 'what a list asks for keeps every parameter in its links, repeated ones too, but not the old marker',
  },
  {
    what: 'size_min and size_max are mixed up',
    file: `${lists}/filters.ts`,
    from: "side === 'min' ? '>=' : '<='",
    to: "side === 'max' ? '>=' : '<='",
    spec: `${lists}/list-query.spec.ts`,
    title: 'what a list asks for reads size_min=5',
  },
  {
    what: 'a sort without a direction is ascending',
    file: `${lists}/sorting.ts`,
    from: "direction = 'desc', ...more",
    to: "direction = 'asc', ...more",
    spec: `${lists}/list-query.spec.ts`,
    title: 'what a list asks for sorts by what was left open in the last direction given, and ends with the id',
  },
  {
    what: 'the role creator deletes images',
    ...policy,
    from: "delete_image: { least: 'member'",
    to: "delete_image: { least: 'creator'",
    title: 'the policy keeps from a creator exactly what removes',
  },
  {
    what: 'a reader downloads',
    ...policy,
    from: "download_image: { least: 'creator'",
    to: "download_image: { least: 'reader'",
    title: 'the policy lets a reader read, and never download',
  },
  {
    what: 'an owner answers for its member',
    ...policy,
    from: "modify_member: { least: 'creator', on: ['member', 'admin'] }",
    to: "modify_member: { least: 'creator', on: ['member', 'owner', 'admin'] }",
    title: 'the policy keeps from an owner what only an operator, or only the member itself, may do',
  },
  {
    what: 'a member may be one more than the limit',
    ...slice('add-member'),
    from: 'state.members.size >= limit',
    to: 'state.members.size > limit',
    title: 'adding a member given 128 members, then one more is refused',
  },
  {
    what: 'a private image gets members',
    file: `${members}/membership/shown-image.ts`,
    from: "image.visibility !== 'shared'",
    to: "image.visibility === 'public'",
    spec: slice('add-member').spec,
    title: 'adding a member given an image that is not shared, deleted or purged, then refused',
  },
  {
    what: 'a member answers for another one',
    ...slice('update-member'),
    from: "image.relation === 'member' && member !== caller.project",
    to: "image.relation === 'owner' && member !== caller.project",
    title: 'given a member that answers for another one, then that one is not found',
  },
  {
    what: 'accepting is recorded as rejecting',
    ...slice('update-member'),
    from: "type: 'MemberAccepted'",
    to: "type: 'MemberRejected'",
    title: 'answering an offer given a pending member, then it accepts, rejects, or stays',
  },
  {
    what: 'the event of a removed member does not say what it had answered',
    ...slice('remove-member'),
    from: 'from: known.status, to: null',
    to: "from: 'pending', to: null",
    title: 'given a member that had accepted, then the event says so',
  },
  {
    what: 'a range reaches beyond the end of the data',
    ...range,
    from: 'Math.min(end, size - 1)',
    to: 'Math.min(end, size)',
    title: 'a download given bytes=5-, sends 56789 as 206',
  },
  {
    what: 'a range that is not there is not told the size',
    ...range,
    from: "{ 'content-range': `bytes */${size}` }",
    to: '{}',
    title: 'a download given bytes=10-, refuses with 416 and the size',
  },
  {
    what: 'If-Range is not looked at',
    ...range,
    from: 'condition !== undefined && condition !== etag',
    to: 'condition !== undefined && condition === etag',
    title: 'a download sends the whole when If-Range names other data',
  },
  {
    what: 'a header that is there twice is believed',
    file: 'apps/gateway/src/edge/check-headers.ts',
    from: 'else if (seen.includes(name)) throw',
    to: "else if (seen.includes(name) && name === 'host') throw",
    spec: 'apps/gateway/src/edge/edge.spec.ts',
    title: 'the edge refuses a token given twice',
  },
  {
    what: 'a qcow2 image with a backing file is taken',
    ...qcow2,
    from: "if (u64be(fields, 8) !== 0) yield 'backing-file';",
    to: '',
    title: 'a qcow2 with a backing file is refused',
  },
  {
    what: 'a qcow2 image with an external data file is taken',
    ...qcow2,
    from: '(features & externalDataBit) !== 0n || namesExternalData(head, extensionsAt)',
    to: '(features & externalDataBit) !== 0n && namesExternalData(head, extensionsAt)',
    title: 'a qcow2 with an external data file is refused',
  },
  {
    what: 'an event of another service that is missing is skipped',
    file: 'libs/event-store/src/inbox/inbox.ts',
    from: "if (next.version !== have + 1) return { have, outcome: 'gap' };",
    to: '',
    spec: 'libs/event-store/src/inbox/inbox.int.spec.ts',
    title: 'inbox, on PostgreSQL given a gap, then what is missing comes from the owner first',
  },
  {
    what: 'the relay reads past a transaction that still runs',
    file: 'libs/event-store/src/postgres/store.ts',
    from: 'e.transaction_id < horizon.xmin',
    to: 'true',
    spec: 'libs/event-store/src/relay/relay.int.spec.ts',
    title: 'the relay given a row that waits at the horizon, then the relay asks for it at its busy pace',
  },
];
