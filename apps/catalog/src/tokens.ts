import type { ImageEvent } from '@cloud-images/contracts';
import type { Handler } from '@cloud-images/event-store';
import type { ImageState } from '@cloud-images/image-model';

/** Commands on images: `Images`. */
export const IMAGES = Symbol('images');
export type Images = Handler<ImageState, ImageEvent>;

/** Limits of projects: `Quotas`. */
export const QUOTAS = Symbol('quotas');

/** What people may say about images here: `SiteRules`. */
export const SITE_RULES = Symbol('site rules');

/** What the catalog does without being asked by people: `Housekeeping`. */
export const HOUSEKEEPING = Symbol('housekeeping');
