import { authorize, may, Refusal, type Identity } from '@cloud-images/contracts';
import { assertWritable, type ImageAttributes, isBaseAttribute, type Visibility } from '@cloud-images/image-model';
import { assertProperty, assertWithinLimits, type SiteRules } from '../image/site-rules.js';

/** An image as its creator wants it, checked as far as that goes without knowing what exists. */
export interface NewImage extends ImageAttributes {
  /** As spelled by the creator, else null. */
  readonly id: string | null;
  /** `size` was given as 0: the image has no data and needs none. */
  readonly empty: boolean;
}

/** What the body of `POST /v2/images` asks for. Throws the refusal of the first thing that can't be. */
export function newImage(document: Record<string, unknown>, author: Identity, rules: SiteRules): NewImage {
  authorize('add_image', author);
  // What clients copy from another image, without a meaning here.
  const { id, size, os_hash_algo: _algo, os_hash_value: _value, standard: _standard, ...rest } = document;
  if (size !== undefined && size !== 0) throw new Refusal('read-only-attribute', `Attribute 'size' is read-only.`);
  for (const name of Object.keys(rest)) {
    assertWritable(name);
    if (!isBaseAttribute(name)) assertProperty(rules, 'create', name, author);
  }
  const complaint = rules.valid({ ...rest, ...(id === undefined ? {} : { id }) });
  if (complaint !== null) throw new Refusal('schema-violation', complaint);
  return { ...attributesOf(rest, author, rules), id: (id as string | undefined) ?? null, empty: size === 0 };
}

/** The schema vouches for the types. */
type Given = Partial<Omit<ImageAttributes, 'properties'>>;

function attributesOf(document: Record<string, unknown>, author: Identity, rules: SiteRules): ImageAttributes {
  const given: Given = document;
  const tags = [...new Set(given.tags)];
  const properties = new Map(
    Object.entries(document as Record<string, string>).filter(([name]) => !isBaseAttribute(name)),
  );
  const owner = ownerOf(given, author);
  assertWithinLimits({ tags: tags.length, properties: properties.size }, rules.limitsOf(owner));
  return {
    owner,
    name: given.name ?? null,
    visibility: visibilityOf(given, author),
    protected: given.protected ?? false,
    os_hidden: given.os_hidden ?? false,
    container_format: given.container_format ?? null,
    disk_format: given.disk_format ?? null,
    min_disk: given.min_disk ?? 0,
    min_ram: given.min_ram ?? 0,
    tags,
    properties,
  };
}

function ownerOf({ owner }: Given, author: Identity): string | null {
  if (owner !== undefined && owner !== author.project && !may('set_image_owner', author, 'owner')) {
    throw new Refusal('forbidden', 'You are not permitted to create images owned by another project.');
  }
  const project = owner === undefined ? author.project : owner;
  if (project === null && !may('set_image_owner', author, 'owner')) {
    throw new Refusal('forbidden', 'An image needs a project to own it; ask for a token with one.');
  }
  return project;
}

function visibilityOf({ visibility = 'shared' }: Given, author: Identity): Visibility {
  if (visibility === 'public') authorize('publicize_image', author, 'owner');
  return visibility;
}
