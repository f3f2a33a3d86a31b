import { authorize, Refusal, type Identity, type ImageEvent } from '@cloud-images/contracts';
import {
  assertWritable,
  type BaseAttribute,
  type Image,
  type ImageAttributes,
  isBaseAttribute,
  isStandardProperty,
} from '@cloud-images/image-model';
import { assertProperty, assertWithinLimits, type SiteRules } from '../image/site-rules.js';
import { differences } from './differences.js';
import type { Patch, PatchOperation } from './patch-document.js';

// All or nothing: the operations are applied in their order to a working copy, and only when none is refused does the
// copy become facts, one for each thing that differs in the end. A patch that changes nothing records nothing.

export interface UpdateImage {
  readonly patch: Patch;
  readonly identity: Identity;
  readonly rules: SiteRules;
}

export function updateImage(command: UpdateImage, image: Image): ImageEvent[] {
  const copy: WorkingCopy = { ...image, properties: new Map(image.properties) };
  for (const operation of command.patch.operations) {
    assertWritable(operation.name);
    if (isBaseAttribute(operation.name)) changeBase(copy, { ...operation, name: operation.name }, command);
    else changeProperty(copy, operation, command);
  }
  const counts = { tags: copy.tags.length, properties: copy.properties.size };
  assertWithinLimits(counts, command.rules.limitsOf(image.owner));
  return differences(image, copy);
}

type WorkingCopy = { -readonly [Name in keyof Omit<ImageAttributes, 'properties'>]: ImageAttributes[Name] } & {
  readonly status: Image['status'];
  readonly properties: Map<string, string>;
};

/** An attribute that was never set counts as present: `replace` works, v2.0's `add` doesn't. */
function changeBase(
  copy: WorkingCopy,
  operation: PatchOperation & { readonly name: BaseAttribute },
  { patch, identity, rules }: UpdateImage,
): void {
  const { name } = operation;
  if (operation.op === 'remove') throw new Refusal('forbidden', `Attribute '${name}' can't be removed.`);
  if (name === 'owner') authorize('set_image_owner', identity, 'owner');
  assertValid(rules, name, operation.value);
  if (operation.op === 'add' && !patch.addOverwrites) throw thereAlready(name);
  if (name === 'visibility' && operation.value === 'public') authorize('publicize_image', identity, 'owner');
  if (name === 'container_format' || name === 'disk_format') assertFormatsOpen(copy, name);
  const value = name === 'tags' ? [...new Set(operation.value as string[])] : operation.value;
  // The schema vouches for the type.
  Object.assign(copy, { [name]: value });
}

/** A property that the author may not read is as if it were absent, except that it is not written over. */
function changeProperty(copy: WorkingCopy, operation: PatchOperation, { patch, identity, rules }: UpdateImage): void {
  const { op, name } = operation;
  const present = copy.properties.has(name);
  const seen = present && (isStandardProperty(name) || rules.protections.may('read', name, identity.roles));
  if (op === 'remove') {
    if (!seen) throw absent(name);
    assertProperty(rules, 'delete', name, identity);
    copy.properties.delete(name);
    return;
  }
  const isThere = op === 'add' || seen;
  if (isThere) assertProperty(rules, present ? 'update' : 'create', name, identity);
  // What no image can have is malformed, whatever this one has.
  assertValid(rules, name, operation.value);
  if (!isThere) throw absent(name);
  if (op === 'add' && present && !patch.addOverwrites) throw thereAlready(name);
  copy.properties.set(name, operation.value as string);
}

function assertValid({ valid }: SiteRules, name: string, value: unknown): void {
  // From entries, so that a property may be called `__proto__`.
  const complaint = valid(Object.fromEntries([[name, value]]));
  if (complaint !== null) throw new Refusal('schema-violation', complaint);
}

/** What the data is was settled when it came. */
function assertFormatsOpen({ status }: WorkingCopy, name: string): void {
  if (status === 'queued' || status === 'importing') return;
  throw new Refusal('forbidden', `Attribute '${name}' can't be changed once the image has left queued.`);
}

const absent = (name: string): Refusal => new Refusal('property-conflict', `The image has no property '${name}'.`);
const thereAlready = (name: string): Refusal =>
  new Refusal('property-conflict', `The image has '${name}' already; replace it instead.`);
