// The catalog's own rules, as they are built. They are loaded by path, because an app is no package that others use.
import { join } from 'node:path';
import type * as AttributesSource from '../../../apps/catalog/src/image/image-schema.ts';
import type * as LinksSource from '../../../apps/catalog/src/list-images/links.ts';
import type * as ListQuerySource from '../../../apps/catalog/src/list-images/list-query.ts';
import type * as PatchDocumentSource from '../../../apps/catalog/src/update-image/patch-document.ts';
import type * as UpdateImageSource from '../../../apps/catalog/src/update-image/update-image.ts';

const built = <T>(path: string): Promise<T> =>
  import(join(import.meta.dirname, '../../../apps/catalog/dist', path)) as Promise<T>;

export { imageAggregate, renderImage, unprotected } from '@cloud-images/image-model';
export const { imageValidator, osDistros } = await built<typeof AttributesSource>('image/image-schema.js');
export const { patchOf } = await built<typeof PatchDocumentSource>('update-image/patch-document.js');
export const { updateImage } = await built<typeof UpdateImageSource>('update-image/update-image.js');
export const { parseListQuery } = await built<typeof ListQuerySource>('list-images/list-query.js');
export const { firstLink, nextLink } = await built<typeof LinksSource>('list-images/links.js');
