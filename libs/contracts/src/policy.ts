import { Refusal } from './errors.js';
import type { Identity } from './identity.js';

/** How a caller stands to an image that it can see. */
export type Relation = 'owner' | 'member' | 'admin' | 'public' | 'community';

/** `hidden`: there is such an image, and the caller must not learn it; null: there is none. */
export type Standing = Relation | 'hidden' | null;

/** What a user's roles amount to, weakest first; each can do what the one before it can. */
export type Capability = 'reader' | 'creator' | 'member' | 'operator';

interface Rule {
  /** The least that a user's roles must amount to. */
  readonly least: Capability;
  /** Towards which images; left out where the operation is about no image in particular. */
  readonly on?: readonly Relation[];
}

const anyone: readonly Relation[] = ['owner', 'member', 'admin', 'public', 'community'];
const mine: readonly Relation[] = ['owner', 'admin'];

/**
 * Who may do what, by Glance's names for the operations it has too. An operator may do all of it, to any image. What a
 * creator lacks of a member is every DELETE call, and purging.
 */
export const policy = {
  add_image: { least: 'creator' },
  get_images: { least: 'reader' },
  get_image: { least: 'reader', on: anyone },
  modify_image: { least: 'creator', on: mine },
  tag_image: { least: 'creator', on: mine },
  untag_image: { least: 'member', on: mine },
  publicize_image: { least: 'operator', on: mine },
  set_image_owner: { least: 'operator', on: mine },
  upload_image: { least: 'creator', on: mine },
  download_image: { least: 'creator', on: anyone },
  deactivate: { least: 'creator', on: mine },
  reactivate: { least: 'creator', on: mine },
  delete_image: { least: 'member', on: mine },
  restore_image: { least: 'creator', on: mine },
  purge_image: { least: 'member', on: mine },
  add_member: { least: 'creator', on: mine },
  get_members: { least: 'reader', on: ['owner', 'member', 'admin'] },
  get_member: { least: 'reader', on: ['owner', 'member', 'admin'] },
  modify_member: { least: 'creator', on: ['member', 'admin'] },
  delete_member: { least: 'member', on: mine },
  get_events: { least: 'reader' },
  erase_person: { least: 'operator' },
  add_task: { least: 'creator' },
  get_tasks: { least: 'reader' },
  get_task: { least: 'reader', on: mine },
  modify_task: { least: 'creator', on: mine },
  read_files: { least: 'reader' },
  write_files: { least: 'creator' },
  delete_files: { least: 'member' },
} as const satisfies Record<string, Rule>;

export type Operation = keyof typeof policy;

/** Which services may call what our services offer only each other; a user's roles count for nothing there. */
export const servicePolicy = {
  settle_upload: ['gateway', 'task-worker'],
  settle_file: ['gateway'],
  act_for_task: ['task-worker'],
  /** What is done without being asked by people, when its time has come. */
  do_chores: ['task-worker'],
  push_member_events: ['membership'],
  describe_api: ['gateway'],
  /** Forgetting who requests came from. */
  erase_person: ['gateway'],
  read_events: ['gateway', 'catalog', 'membership', 'task-worker', 'audit'],
  /** What names people. */
  read_contexts: ['audit'],
} as const satisfies Record<string, readonly [string, ...string[]]>;

/** Whether a service of ours speaks in its own name, and not in that of a user it vouches for. */
export const isService = (identity: Identity): boolean => identity.source === 'service';

const ranks: Readonly<Record<Capability, number>> = { reader: 1, creator: 2, member: 3, operator: 4 };

const byRole: ReadonlyMap<string, Capability> = new Map([
  ['admin', 'operator'],
  ['member', 'member'],
  ['reader', 'reader'],
  ['cloudImages:admin', 'member'],
  ['cloudImages:creator', 'creator'],
  ['cloudImages:observer', 'reader'],
]);
/** Names that Rackspace gives across its products; from any other source `admin` is the operator and `observer` nothing. */
const byMultiproductRole: ReadonlyMap<string, Capability> = new Map([
  ['admin', 'member'],
  ['observer', 'reader'],
]);

/** The most permissive of a user's own roles; null when none of them means anything here. `via` never adds to it. */
export function capabilityOf(identity: Identity): Capability | null {
  let best: Capability | null = null;
  for (const role of identity.roles) {
    const capability = (identity.source === 'rackspace' ? byMultiproductRole.get(role) : undefined) ?? byRole.get(role);
    if (capability !== undefined && (best === null || ranks[capability] > ranks[best])) best = capability;
  }
  return best;
}

/** Keystone's `admin`: passes everywhere, owns nothing by it. */
export const isOperator = (identity: Identity): boolean => capabilityOf(identity) === 'operator';

/**
 * Bears Keystone's role of the cloud's own services (Nova, Cinder): to them alone, and to no admin, it is said where the
 * data of an image lies. The role means nothing else here.
 */
export const isCloudService = (identity: Identity): boolean => identity.roles.includes('service');

/** Sees every event, and changes nothing by it. Under our own prefix: a site's `auditor` may be anybody's. */
const auditorRole = 'cloudImages:auditor';

/** Whose events a caller may read: all of them, or those that concern one project. Throws `Refusal` `forbidden`. */
export function eventsOpenTo(identity: Identity): 'all' | { readonly project: string } {
  if (isOperator(identity) || identity.roles.includes(auditorRole)) return 'all';
  authorize('get_events', identity);
  if (identity.project === null) throw new Refusal('forbidden', 'Events are read as a member of a project.');
  return { project: identity.project };
}

/** `standing` is null also where the operation is about no image in particular. */
export function may(operation: Operation, identity: Identity, standing: Standing = null): boolean {
  const capability = capabilityOf(identity);
  if (capability === null) return false;
  const { least, on }: Rule = policy[operation];
  const relation = standing === 'hidden' ? null : standing;
  if (on !== undefined && relation === null) return false;
  if (capability === 'operator') return true;
  return ranks[capability] >= ranks[least] && (on === undefined || on.includes(relation as Relation));
}

/**
 * Throws the refusal that `may` amounts to: 404 for an image that the caller can't see, else 403. Someone whose roles mean
 * nothing is refused before anything is said about an image.
 */
export function authorize(operation: Operation, identity: Identity, standing: Standing = null): void {
  if (may(operation, identity, standing)) return;
  const { on }: Rule = policy[operation];
  if (on !== undefined && capabilityOf(identity) !== null) {
    if (standing === 'hidden') throw imageHidden();
    if (standing === null) throw imageNotFound();
  }
  throw new Refusal('forbidden', `You are not authorized to complete ${operation} action.`);
}

/** Says the same of an image that never was, is deleted, or may not be seen. */
export const imageNotFound = (): Refusal => new Refusal('not-found', 'No image found with that id.');
/** The same to the caller; auditors see who looked for it. */
export const imageHidden = (): Refusal => new Refusal('not-found', 'No image found with that id.', {}, true);
